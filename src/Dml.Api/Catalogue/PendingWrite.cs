namespace Dml.Api.Catalogue;

/// <summary>A write on its way through the <see cref="CommitQueue"/>.</summary>
internal abstract class PendingWrite
{
    /// <summary>Runs the statements inside the open transaction; keeps what went wrong for <see cref="Complete"/>.</summary>
    public abstract void Execute(WriteSession session);

    /// <summary>Tells the writer how it ended; <paramref name="failure"/> is the commit's, if it failed.</summary>
    public abstract void Complete(Exception? failure);
}

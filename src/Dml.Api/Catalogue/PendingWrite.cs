namespace Dml.Api.Catalogue;

/// <summary>A write in the <see cref="CommitQueue"/>.</summary>
internal abstract class PendingWrite
{
    /// <summary>Runs the statements inside the open transaction; an exception is kept for <see cref="Complete"/>.</summary>
    public abstract void Execute(WriteSession session);

    /// <summary>Completes the write; <paramref name="failure"/> is that of the commit, if it failed.</summary>
    public abstract void Complete(Exception? failure);
}

using System.Diagnostics;

namespace Dml.Embedding;

/// <summary>Pictures that a worker has decoded and the network has not been run on yet.</summary>
internal sealed class ReadyPictures(MicroBatch batch, int bound)
{
    private readonly List<DecodedPicture> _pictures = new(bound);
    private long _awaitedSince;

    /// <summary>Whether a caller waits for one of them; false when all are background work.</summary>
    internal bool IsAwaited { get; private set; }

    /// <summary>For how long the first of them that a caller waits for has been ready; zero when there is none.</summary>
    internal TimeSpan AwaitedFor => IsAwaited ? Stopwatch.GetElapsedTime(_awaitedSince) : TimeSpan.Zero;

    internal void Add(DecodedPicture picture)
    {
        _pictures.Add(picture);
        if (!IsAwaited && picture.Request!.Priority == EmbedPriority.Request)
        {
            (IsAwaited, _awaitedSince) = (true, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Has the network run on them, and begins anew.</summary>
    internal void Run()
    {
        batch.Add(_pictures);
        _pictures.Clear();
        IsAwaited = false;
    }
}

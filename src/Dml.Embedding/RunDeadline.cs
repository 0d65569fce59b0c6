using Microsoft.ML.OnnxRuntime;

namespace Dml.Embedding;

/// <summary>Ends one run of the network that takes too long. ONNX Runtime looks at it before each of the network's operators.</summary>
internal sealed class RunDeadline : IDisposable
{
    // What a run may still take when the process wants to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _turn = new();
    private readonly Timer? _timer;
    private readonly CancellationTokenRegistration _hurry;
    private bool _isOver;

    /// <param name="time">The most that the run may take; null for any time.</param>
    /// <param name="hurry">When it is cancelled, the run has two more seconds.</param>
    internal RunDeadline(TimeSpan? time, CancellationToken hurry)
    {
        if (time is not null || hurry.CanBeCanceled)
        {
            _timer = new Timer(_ => End(), null, time ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _hurry = hurry.UnsafeRegister(static self => ((RunDeadline)self!).Hurry(), this);
        }
    }

    internal RunOptions Options { get; } = new();

    /// <summary>Whether the time ran out before the run ended.</summary>
    internal bool HasPassed { get; private set; }

    public void Dispose()
    {
        // Not under the lock: it waits for a hurry that is under way.
        _hurry.Dispose();
        lock (_turn)
        {
            _isOver = true;
            _timer?.Dispose();
            Options.Dispose();
        }
    }

    private void Hurry()
    {
        lock (_turn)
        {
            if (!_isOver)
            {
                _timer!.Change(Patience, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void End()
    {
        lock (_turn)
        {
            if (!_isOver)
            {
                Options.Terminate = true;
                HasPassed = true;
            }
        }
    }
}

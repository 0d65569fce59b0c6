using NetVips;

namespace Dml.Embedding;

/// <summary>Stops the decoding of a picture that takes too long. Dispose of it before the image.</summary>
internal sealed class DecodeDeadline : IDisposable
{
    private readonly Lock _turn = new();
    private readonly Timer _timer;
    private bool _isOver;

    internal DecodeDeadline(Image image, TimeSpan time) =>
        _timer = new Timer(
            _ =>
            {
                lock (_turn)
                {
                    if (!_isOver)
                    {
                        image.SetKill(true);
                        HasPassed = true;
                    }
                }
            },
            null, time, Timeout.InfiniteTimeSpan);

    /// <summary>Whether the time was over before the picture was decoded.</summary>
    internal bool HasPassed { get; private set; }

    public void Dispose()
    {
        lock (_turn)
        {
            _isOver = true;
        }

        _timer.Dispose();
    }
}

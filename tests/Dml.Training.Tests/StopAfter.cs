using Dml.Training.Progress;

namespace Dml.Training.Tests;

/// <summary>A display that stops training after so many steps.</summary>
internal sealed class StopAfter(long steps, CancellationTokenSource stop) : IDisplay
{
    private string _stage = "";

    public void Begin(string stage, long total) => _stage = stage;

    public void Advance(long done, string text)
    {
        if (_stage == "train" && done >= steps)
        {
            stop.Cancel();
        }
    }

    public void Say(string line)
    {
    }
}

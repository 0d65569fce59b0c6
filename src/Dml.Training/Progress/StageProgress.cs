namespace Dml.Training.Progress;

/// <summary>Hands counts on to a display at once, on the thread that reports them; <see cref="Progress{T}"/> would queue them.</summary>
internal sealed class StageProgress(IDisplay display) : IProgress<int>
{
    public void Report(int value) => display.Advance(value, "");
}

namespace Dml.Training.Progress;

/// <summary>Passes counts to a display immediately, on the thread that reports them; <see cref="Progress{T}"/> would queue them.</summary>
internal sealed class StageProgress(IDisplay display) : IProgress<int>
{
    public void Report(int value) => display.Advance(value, "");
}

namespace Dml.Training.Progress;

/// <summary>What a person sees of a long command.</summary>
internal interface IDisplay
{
    /// <summary>Begins a stage with a bar of its own; the one before is done.</summary>
    void Begin(string stage, long total);

    /// <summary>Moves the bar; safe from any thread.</summary>
    /// <param name="done">Of the stage's total.</param>
    /// <param name="text">Beside the bar: loss, images per second.</param>
    void Advance(long done, string text);

    /// <summary>A line that stays.</summary>
    void Say(string line);
}

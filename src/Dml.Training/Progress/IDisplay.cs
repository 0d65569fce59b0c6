namespace Dml.Training.Progress;

/// <summary>The progress of a long command.</summary>
internal interface IDisplay
{
    /// <summary>Begins a stage with its own bar; the previous stage is done.</summary>
    void Begin(string stage, long total);

    /// <summary>Moves the bar; safe from any thread.</summary>
    /// <param name="done">Out of the stage's total.</param>
    /// <param name="text">Beside the bar: loss, images per second.</param>
    void Advance(long done, string text);

    /// <summary>Prints a line.</summary>
    void Say(string line);
}

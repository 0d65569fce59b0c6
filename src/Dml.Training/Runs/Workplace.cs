namespace Dml.Training.Runs;

/// <summary>
/// The working folder: every path is relative to it, so that a recipe means the same wherever its file is.
/// </summary>
/// <param name="Root">Where relative paths of recipes start.</param>
/// <param name="Cache">Where decoded pictures are kept.</param>
/// <param name="Output">What a person reads.</param>
internal sealed record Workplace(string Root, string Cache, TextWriter Output)
{
    /// <summary>The current folder.</summary>
    public static Workplace Here(TextWriter output)
    {
        var root = Directory.GetCurrentDirectory();
        return new(root, Path.Combine(root, "runs", ".pixels"), output);
    }
}

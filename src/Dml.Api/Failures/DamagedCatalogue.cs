namespace Dml.Api.Failures;

/// <summary>What the service says when SQLite cannot read the catalogue's file.</summary>
internal static class DamagedCatalogue
{
    /// <summary>Names the file and says how to recover.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="problem">What is wrong, with a full stop at its end.</param>
    public static string Explain(string folder, string problem) =>
        $"The catalogue {Path.Combine(folder, "catalogue.db")} cannot be read: {problem} "
        + $"Restore {folder} from a backup, or move it away to start with an empty catalogue.";
}

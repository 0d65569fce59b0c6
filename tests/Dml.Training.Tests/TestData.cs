namespace Dml.Training.Tests;

/// <summary>Published weights and datasets, which are too large for the repository: some machines have them.</summary>
internal static class TestData
{
    /// <summary>Names the folder that has them.</summary>
    private const string Variable = "DML_TEST_DATA";

    private static readonly string[] Folders =
    [
        .. Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? (string[])[given] : [],
        Path.Combine(Repository.Folder, "..", "shared", "data"),
        // Where Debian's packages put theirs.
        "/usr/share/datasets",
    ];

    /// <summary>The path of a file or folder; the test is skipped where there is none.</summary>
    public static string PathOrSkip(string name)
    {
        var path = Folders.Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(Path.Exists);
        Assert.SkipWhen(path is null, $"Set {Variable} to a folder with {name}.");
        return path;
    }
}

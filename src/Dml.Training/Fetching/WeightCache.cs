namespace Dml.Training.Fetching;

/// <summary>Where downloaded weights are kept.</summary>
public static class WeightCache
{
    /// <summary>The variable that names another folder.</summary>
    public const string Variable = "DML_CACHE";

    /// <summary>
    /// <c>DML_CACHE</c>, or <c>dml</c> in the user's folder for such things: <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>, on Windows the local
    /// application data.
    /// </summary>
    public static string Folder => Path.Combine(
        Given(Variable) ?? Path.Combine(Given("XDG_CACHE_HOME") ?? UsersFolder(), "dml"), "weights");

    /// <summary>Where a file is once it is downloaded.</summary>
    public static string PathOf(KnownFile file) => Path.Combine(Folder, file.FileName);

    private static string? Given(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder && Path.IsPathFullyQualified(folder) ? folder : null;

    private static string UsersFolder() => OperatingSystem.IsWindows()
        ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}

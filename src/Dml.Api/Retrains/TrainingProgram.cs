namespace Dml.Api.Retrains;

/// <summary>
/// Locates the training program, <c>dml.dll</c>, whenever it is needed: one that is built or installed while the service runs
/// is found by the next retrain.
/// </summary>
internal sealed class TrainingProgram
{
    private readonly IReadOnlyList<string> _places;

    private TrainingProgram(IReadOnlyList<string> places, string missing) => (_places, Missing) = (places, missing);

    /// <summary>What to tell the user when it is not found.</summary>
    public string Missing { get; }

    /// <summary>The configured program, or without one the program in the usual places.</summary>
    public static TrainingProgram At(RetrainOptions options)
    {
        if (options.Program is null)
        {
            return new TrainingProgram(
                [.. UsualPlaces()],
                "The training program was not found, neither as training/dml.dll beside the service nor as a build. " +
                "Publish it there, or set Retrain:Program.");
        }

        return new TrainingProgram(
            [Path.GetFullPath(options.Program, options.Root)],
            "The file named by Retrain:Program does not exist. Publish the training program to its folder.");
    }

    /// <summary>Its path, or null when it is not found.</summary>
    public string? Find() => _places.FirstOrDefault(File.Exists);

    // Beside a published service or, in a repository, the build in the same configuration as this service.
    private static IEnumerable<string> UsualPlaces()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "training", "dml.dll");
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        for (var folder = output.Parent; folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "src", "Dml.Training", "bin", output.Parent!.Name, output.Name, "dml.dll");
        }
    }
}

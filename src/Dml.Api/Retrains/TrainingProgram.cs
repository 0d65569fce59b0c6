namespace Dml.Api.Retrains;

/// <summary>
/// The training program, <c>dml.dll</c>. It is looked for whenever it is needed: built or installed while the service runs, it is there for the
/// next retrain.
/// </summary>
internal sealed class TrainingProgram
{
    private readonly IReadOnlyList<string> _places;

    private TrainingProgram(IReadOnlyList<string> places, string missing) => (_places, Missing) = (places, missing);

    /// <summary>What to say when it is in none of the places.</summary>
    public string Missing { get; }

    /// <summary>The configured program, or without one the program in the usual places.</summary>
    public static TrainingProgram At(RetrainOptions options)
    {
        if (options.Program is null)
        {
            return new TrainingProgram(
                [.. UsualPlaces()],
                "Neither training/dml.dll beside the service nor a build of the training program was found. " +
                "Publish it there, or name it in Retrain:Program.");
        }

        return new TrainingProgram(
            [Path.GetFullPath(options.Program, options.Root)],
            "The file that Retrain:Program names is not there. Publish the training program to its folder.");
    }

    /// <summary>Its path, or null where it is in none of the places.</summary>
    public string? Find() => _places.FirstOrDefault(File.Exists);

    // Beside a published service; or, in a repository, what was built in this service's configuration.
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

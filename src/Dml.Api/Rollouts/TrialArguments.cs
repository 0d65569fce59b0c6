using System.Globalization;

namespace Dml.Api.Rollouts;

/// <summary>The command line of the process that tries an embedder.</summary>
internal static class TrialArguments
{
    public const string Command = "check-model";
    public const string Folder = "--folder";
    public const string Memory = "--memory";
    public const string Seconds = "--seconds";
    public const string Adopt = "--adopt";
    public const string Preset = "--preset";
    public const string Size = "--size";
    public const string Output = "--output";
    public const string Pooling = "--pooling";

    /// <param name="folder">The embedder, or where it is written if a network is adopted.</param>
    /// <param name="memory">The most memory, in bytes.</param>
    /// <param name="seconds">The most processor time.</param>
    /// <param name="network">A network without a manifest, or null.</param>
    /// <param name="adoption">What is known about it.</param>
    public static IEnumerable<string> Of(string folder, long memory, long seconds, string? network, AdoptionRequest? adoption)
    {
        (string Name, string? Value)[] all =
        [
            (Folder, folder),
            (Memory, memory.ToString(CultureInfo.InvariantCulture)),
            (Seconds, seconds.ToString(CultureInfo.InvariantCulture)),
            (Adopt, network),
            (Preset, adoption?.Preset),
            (Size, adoption?.Size?.ToString(CultureInfo.InvariantCulture)),
            (Output, adoption?.Output),
            (Pooling, adoption?.Pooling),
        ];
        return all.Where(argument => argument.Value is not null).Select(argument => $"{argument.Name}={argument.Value}").Prepend(Command);
    }
}

using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.E2E.Tests;

/// <summary>A copy of the repository's embedder with another manifest.</summary>
internal static class EmbedderCopy
{
    /// <summary>Writes both files into a new folder and returns their paths, the network's first.</summary>
    public static string[] Write(string folder, Func<EmbedderManifest, EmbedderManifest>? change = null)
    {
        var source = Path.Combine(Repository.Models, "emoji");
        Directory.CreateDirectory(folder);
        var network = Path.Combine(folder, EmbedderManifest.NetworkFileName);
        File.Copy(Path.Combine(source, EmbedderManifest.NetworkFileName), network);
        // The small catalogues of the tests have few labels that it has not learnt.
        var manifest = EmbedderManifest.Load(source) with { TrainedLabels = null };
        (change?.Invoke(manifest) ?? manifest).Save(folder);
        return [network, Path.Combine(folder, EmbedderManifest.FileName)];
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Embedding.Labels;
using Dml.Files;
using Microsoft.Extensions.Options;
using nietras.SeparatedValues;

namespace Dml.Api.Retrains;

/// <summary>
/// Writes the labelled catalogue of one moment to a folder, in the format of <c>dml nightly</c>. Pictures are hard links
/// named by their SHA-256, each once. Pictures with labels that the gate holds out are marked, and no feedback pair contains
/// one, so that the gate never measures what was learnt.
/// </summary>
internal sealed class CatalogueSnapshot(
    SqliteCatalogue catalogue, EmbedderStore embedders, IOptions<GateOptions> gate, IOptions<RetrainOptions> retrain)
{
    // Measuring compares every held-out picture with every other: more would take hours and not be more informative.
    private const int MostHeldOut = 5000;

    /// <param name="folder">Replaced if it exists.</param>
    /// <param name="row">The active generation.</param>
    /// <param name="name">Name of the embedder to be trained.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>What it contains, its digest, and why it is too little to learn from, or null.</returns>
    public async Task<(SnapshotCounts Counts, string Digest, string? TooLittle)> TakeAsync(
        string folder, StoredGeneration row, string name, CancellationToken cancel)
    {
        EmbedderFolder.Delete(folder);
        Directory.CreateDirectory(Path.Combine(folder, "pictures"));
        using var learnt = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        learnt.AppendData(Encoding.UTF8.GetBytes($"{gate.Value.HeldOut}\n{retrain.Value.RecipeChanges.ToJsonString()}\n"));
        var sides = await WritePicturesAsync(folder, learnt, cancel);
        var (pairs, right, wrong) = await PairsAsync(folder, cancel);
        learnt.AppendData(Encoding.UTF8.GetBytes($"\n{pairs}"));

        embedders.CopyTo(row, Path.Combine(folder, "embedder"));
        AtomicFile.Write(Path.Combine(folder, "pairs.csv"), Encoding.UTF8.GetBytes(pairs));
        var description = new JsonObject { ["name"] = name, ["recipe"] = retrain.Value.RecipeChanges.DeepClone() };
        AtomicFile.Write(Path.Combine(folder, "snapshot.json"), Encoding.UTF8.GetBytes(description.ToJsonString()));

        var counts = new SnapshotCounts(
            sides.Training.Values.Sum(), sides.Training.Count, sides.HeldOut.Values.Sum(), sides.HeldOut.Count, right, wrong);
        return (counts, Convert.ToHexStringLower(learnt.GetHashAndReset()), TooLittle(sides, counts));
    }

    // The rows go through a file: in memory, those of a large catalogue would take gigabytes.
    private async Task<Sides> WritePicturesAsync(string folder, IncrementalHash learnt, CancellationToken cancel)
    {
        var labelled = Path.Combine(folder, "labelled.csv");
        var measured = MeasuredLabels(await WriteLabelledAsync(labelled, cancel));
        var sides = new Sides([], []);
        AtomicFile.Write(Path.Combine(folder, "pictures.csv"), stream =>
        {
            using var rows = new CsvRows(stream, learnt);
            rows.Add("path", "label", "part", "item");
            using var reader = Sep.New(',').Reader(options => options with { HasHeader = false, Unescape = true }).FromFile(labelled);
            foreach (var fields in reader)
            {
                cancel.ThrowIfCancellationRequested();
                var (sha256, label, isHeldOut) = (fields[0].ToString(), fields[1].ToString(), fields[2].Span is "1");
                if ((!isHeldOut || measured.Contains(label)) && Link(folder, sha256))
                {
                    rows.Add($"pictures/{sha256}", label, isHeldOut ? "test" : "train", fields[3].ToString());
                    CollectionsMarshal.GetValueRefOrAddDefault(isHeldOut ? sides.HeldOut : sides.Training, label, out _)++;
                }
            }
        });
        File.Delete(labelled);
        return sides;
    }

    /// <summary>Writes each labelled picture once.</summary>
    /// <returns>How many pictures have each held-out label.</returns>
    private async Task<Dictionary<string, int>> WriteLabelledAsync(string path, CancellationToken cancel)
    {
        var heldOut = new Dictionary<string, int>();
        await using var stream = File.Create(path);
        using var rows = new CsvRows(stream);
        (string Sha256, string Label, string Id, bool IsHeldOut)? picture = null;
        await foreach (var (sha256, label, id) in catalogue.LabelledAsync(cancel))
        {
            var isHeldOut = HeldOutLabels.Contains(label, gate.Value.HeldOut);
            if (picture?.Sha256 != sha256)
            {
                Add();
                picture = (sha256, label, id, isHeldOut);
            }
            else if (isHeldOut && !picture.Value.IsHeldOut)
            {
                // A picture with two labels, one of them held out, is held out.
                picture = (sha256, label, id, true);
            }
        }

        Add();
        return heldOut;

        void Add()
        {
            if (picture is { } whole)
            {
                rows.Add(whole.Sha256, whole.Label, whole.IsHeldOut ? "1" : "0", whole.Id);
                if (whole.IsHeldOut)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(heldOut, whole.Label, out _)++;
                }
            }
        }
    }

    // Whole labels, as in the gate: otherwise a query's relevant pictures would be cut away.
    private static HashSet<string> MeasuredLabels(Dictionary<string, int> pictures)
    {
        var groups = pictures.OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
        new Random(1).Shuffle(groups);
        var labels = new HashSet<string>();
        var count = 0;
        foreach (var (label, size) in groups.TakeWhile(group => labels.Count < 2 || count + group.Value <= MostHeldOut))
        {
            labels.Add(label);
            count += size;
        }

        return labels;
    }

    private async Task<(string Lines, int Right, int Wrong)> PairsAsync(string folder, CancellationToken cancel)
    {
        using var lines = new MemoryStream();
        var (right, wrong) = (0, 0);
        using (var rows = new CsvRows(lines))
        {
            await foreach (var pair in catalogue.Feedback.AllAsync(cancel))
            {
                string[] both = [pair.One, pair.Other];
                // Feedback on pictures without a label counts too; feedback on deleted pictures does not.
                if (!both.Any(IsHeldOut) && both.All(sha256 => Link(folder, sha256)))
                {
                    rows.Add($"pictures/{pair.One}", $"pictures/{pair.Other}", pair.IsRight ? "right" : "wrong");
                    (right, wrong) = pair.IsRight ? (right + 1, wrong) : (right, wrong + 1);
                }
            }
        }

        return (Encoding.UTF8.GetString(lines.ToArray()), right, wrong);
    }

    private bool IsHeldOut(string sha256) => catalogue.LabelsOf(sha256).Any(label => HeldOutLabels.Contains(label, gate.Value.HeldOut));

    private bool Link(string folder, string sha256)
    {
        if (!PictureHash.IsValid(sha256))
        {
            return false;
        }

        var name = Path.Combine(folder, "pictures", sha256);
        return File.Exists(name) || HardLink.TryMake(catalogue.PicturePath(sha256), name);
    }

    private string? TooLittle(Sides sides, SnapshotCounts counts)
    {
        if (counts.TrainingPictures < retrain.Value.MinItems)
        {
            return $"Too little to learn from: {counts.TrainingPictures} labelled pictures are not held out; {retrain.Value.MinItems} "
                + $"are needed (Retrain:MinItems).";
        }

        if (counts.TrainingLabels < 2 || !HasPartners(sides.Training))
        {
            return $"Too little to learn from: {counts.TrainingLabels} labels are not held out; two are needed, and one with two pictures.";
        }

        return counts.HeldOutLabels < 2 || !HasPartners(sides.HeldOut)
            ? $"Nothing to measure with: {counts.HeldOutLabels} labels are held out (Gate:HeldOut {gate.Value.HeldOut}); two are "
              + $"needed, and one with two pictures."
            : null;
    }

    private static bool HasPartners(Dictionary<string, int> pictures) => pictures.Values.Any(count => count > 1);

    /// <summary>How many pictures have each label.</summary>
    private sealed record Sides(Dictionary<string, int> Training, Dictionary<string, int> HeldOut);
}

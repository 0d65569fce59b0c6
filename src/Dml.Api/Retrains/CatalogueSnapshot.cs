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
        var pictures = await PicturesAsync(cancel);
        var left = new List<string>();
        using var lines = Csv();
        AddRow(lines, "path", "label", "part", "item");
        var measured = MeasuredLabels(pictures.Values);
        foreach (var (sha256, (item, isHeldOut)) in pictures.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            if ((!isHeldOut || measured.Contains(item.Label!)) && Link(folder, sha256))
            {
                AddRow(lines, $"pictures/{sha256}", item.Label!, isHeldOut ? "test" : "train", item.Id);
            }
            else
            {
                left.Add(sha256);
            }
        }

        var (pairs, right, wrong) = await PairsAsync(folder, pictures, cancel);
        left.ForEach(sha256 => pictures.Remove(sha256));
        embedders.CopyTo(row, Path.Combine(folder, "embedder"));
        AtomicFile.Write(Path.Combine(folder, "pictures.csv"), Encoding.UTF8.GetBytes(lines.ToString()));
        AtomicFile.Write(Path.Combine(folder, "pairs.csv"), Encoding.UTF8.GetBytes(pairs));
        var description = new JsonObject { ["name"] = name, ["recipe"] = retrain.Value.RecipeChanges.DeepClone() };
        AtomicFile.Write(Path.Combine(folder, "snapshot.json"), Encoding.UTF8.GetBytes(description.ToJsonString()));

        var learnt = $"{gate.Value.HeldOut}\n{retrain.Value.RecipeChanges.ToJsonString()}\n{lines}\n{pairs}";
        var counts = Count(pictures.Values, right, wrong);
        return (counts, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(learnt))), TooLittle(pictures.Values, counts));
    }

    private async Task<Dictionary<string, (StoredItem Item, bool IsHeldOut)>> PicturesAsync(CancellationToken cancel)
    {
        var pictures = new Dictionary<string, (StoredItem Item, bool IsHeldOut)>();
        await foreach (var item in catalogue.LabelledAsync(cancel))
        {
            var isHeldOut = HeldOutLabels.Contains(item.Label!, gate.Value.HeldOut);
            // A picture with two labels, one of them held out, is held out.
            if (!pictures.TryGetValue(item.Sha256, out var known) || (isHeldOut && !known.IsHeldOut))
            {
                pictures[item.Sha256] = (item, isHeldOut);
            }
        }

        return pictures;
    }

    // Whole labels, as in the gate: otherwise a query's relevant pictures would be cut away.
    private static HashSet<string> MeasuredLabels(IEnumerable<(StoredItem Item, bool IsHeldOut)> pictures)
    {
        var groups = pictures
            .Where(picture => picture.IsHeldOut)
            .GroupBy(picture => picture.Item.Label!)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToArray();
        new Random(1).Shuffle(groups);
        var labels = new HashSet<string>();
        var count = 0;
        foreach (var group in groups.TakeWhile(group => labels.Count < 2 || count + group.Count() <= MostHeldOut))
        {
            labels.Add(group.Key);
            count += group.Count();
        }

        return labels;
    }

    private async Task<(string Lines, int Right, int Wrong)> PairsAsync(
        string folder, Dictionary<string, (StoredItem Item, bool IsHeldOut)> pictures, CancellationToken cancel)
    {
        using var lines = Csv();
        var (right, wrong) = (0, 0);
        await foreach (var pair in catalogue.Feedback.AllAsync(cancel))
        {
            string[] both = [pair.One, pair.Other];
            // Feedback on pictures without a label counts too; feedback on deleted pictures does not.
            if (
                !both.Any(sha256 => pictures.TryGetValue(sha256, out var known) && known.IsHeldOut)
                && both.All(sha256 => Link(folder, sha256)))
            {
                AddRow(lines, $"pictures/{pair.One}", $"pictures/{pair.Other}", pair.IsRight ? "right" : "wrong");
                (right, wrong) = pair.IsRight ? (right + 1, wrong) : (right, wrong + 1);
            }
        }

        return (lines.ToString(), right, wrong);
    }

    private static SepWriter Csv() =>
        Sep.New(',').Writer(options => options with { Escape = true, WriteHeader = false }).ToText();

    private static void AddRow(SepWriter lines, params ReadOnlySpan<string> fields)
    {
        using var row = lines.NewRow();
        for (var column = 0; column < fields.Length; column++)
        {
            row[column].Set(fields[column]);
        }
    }

    private bool Link(string folder, string sha256)
    {
        if (!PictureHash.IsValid(sha256))
        {
            return false;
        }

        var name = Path.Combine(folder, "pictures", sha256);
        return File.Exists(name) || HardLink.TryMake(catalogue.PicturePath(sha256), name);
    }

    private static SnapshotCounts Count(IReadOnlyCollection<(StoredItem Item, bool IsHeldOut)> pictures, int right, int wrong)
    {
        var sides = pictures.ToLookup(picture => picture.IsHeldOut, picture => picture.Item.Label);
        return new SnapshotCounts(
            sides[false].Count(), sides[false].Distinct().Count(), sides[true].Count(), sides[true].Distinct().Count(), right, wrong);
    }

    private string? TooLittle(IReadOnlyCollection<(StoredItem Item, bool IsHeldOut)> pictures, SnapshotCounts counts)
    {
        bool HasPartners(bool isHeldOut) =>
            pictures.Where(p => p.IsHeldOut == isHeldOut).GroupBy(p => p.Item.Label).Any(group => group.Count() > 1);
        if (counts.TrainingPictures < retrain.Value.MinItems)
        {
            return $"Too little to learn from: {counts.TrainingPictures} labelled pictures are not held out; {retrain.Value.MinItems} "
                + $"are needed (Retrain:MinItems).";
        }

        if (counts.TrainingLabels < 2 || !HasPartners(false))
        {
            return $"Too little to learn from: {counts.TrainingLabels} labels are not held out; two are needed, and one with two pictures.";
        }

        return counts.HeldOutLabels < 2 || !HasPartners(true)
            ? $"Nothing to measure with: {counts.HeldOutLabels} labels are held out (Gate:HeldOut {gate.Value.HeldOut}); two are "
              + $"needed, and one with two pictures."
            : null;
    }
}

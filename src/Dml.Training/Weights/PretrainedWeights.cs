using Dml.Training.Backbones;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>Fills a backbone from published weights by name.</summary>
public static class PretrainedWeights
{
    private const string Positions = "pos_embed";
    private const string DistillationToken = "dist_token";
    private const string BatchCounter = "num_batches_tracked";

    /// <summary>
    /// Takes every tensor of the file whose name is the backbone's own (torchvision's, timm's), with <c>_</c> for <c>.</c> too,
    /// or <c>backbone.</c> in front. A position grid of another size is interpolated.
    /// </summary>
    /// <param name="backbone">The backbone to fill.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, fits no tensor, or one has the wrong shape; the backbone is unchanged.</exception>
    public static PretrainedReport Load(Backbone backbone, string path)
    {
        var file = SafetensorsFile.Load(path).Tensors;
        var places = backbone.state_dict();
        var found = new List<(string Name, string Source, Tensor Target, SafetensorsTensor Values)>();
        var resized = false;
        foreach (var (name, target) in places)
        {
            if (Names(name).FirstOrDefault(file.ContainsKey) is not { } source)
            {
                continue;
            }

            var values = file[source];
            if (name == Positions && !values.Shape.SequenceEqual(target.shape))
            {
                values = FitPositions(backbone, target, values, file.ContainsKey(DistillationToken), path);
                resized = true;
            }

            found.Add((name, source, target, values));
        }

        Check(found, path);
        foreach (var (_, _, target, values) in found)
        {
            values.CopyTo(target);
        }

        var loaded = found.Select(f => f.Name).ToList();
        return new PretrainedReport(
            loaded,
            [.. places.Keys.Except(loaded).Where(n => !n.EndsWith(BatchCounter, StringComparison.Ordinal))],
            [.. file.Keys.Except(found.Select(f => f.Source)).Order(StringComparer.Ordinal)],
            resized);
    }

    private static string[] Names(string name) => [name, name.Replace('.', '_'), "backbone." + name];

    private static void Check(List<(string Name, string Source, Tensor Target, SafetensorsTensor Values)> found, string path)
    {
        if (found.Count == 0)
        {
            throw new InvalidDataException($"'{path}' holds no tensor that this backbone has a place for: it belongs to another network.");
        }

        foreach (var (name, source, target, values) in found)
        {
            if (!values.Shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"'{path}' has '{source}' of shape [{string.Join(", ", values.Shape)}], the backbone's '{name}' is [{string.Join(", ", target.shape)}]: choose options that fit the file.");
            }
        }
    }

    private static SafetensorsTensor FitPositions(Backbone backbone, Tensor target, SafetensorsTensor source, bool sourceDistilled, string path)
    {
        var specials = ((VisionTransformer)backbone).SpecialTokens;
        var sourceSpecials = sourceDistilled ? 2 : 1;
        var width = (int)target.shape[2];
        var to = (int)Math.Round(Math.Sqrt(target.shape[1] - specials));
        if (source.Shape is not [1, var tokens, var sourceWidth] || sourceWidth != width || tokens <= sourceSpecials
            || Math.Round(Math.Sqrt(tokens - sourceSpecials)) is var from && from * from != tokens - sourceSpecials)
        {
            throw new InvalidDataException(
                $"'{path}' has '{Positions}' of shape [{string.Join(", ", source.Shape)}]; expected [1, {sourceSpecials} + a square number, {width}].");
        }

        var old = source.ToFloats();
        var result = target.ToFloats();
        // A distillation token that the file has no position for keeps its initial one.
        old.AsSpan(0, Math.Min(specials, sourceSpecials) * width).CopyTo(result);
        PositionGrid.Resize(old.AsSpan(sourceSpecials * width), (int)from, to, width).CopyTo(result.AsSpan(specials * width));
        return SafetensorsTensor.From(result, target.shape);
    }
}

using Dml.Training.Backbones;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>Fills a backbone from published weights by name, completely or not at all.</summary>
public static class PretrainedWeights
{
    private const string Positions = "pos_embed";
    private const string DistillationToken = "dist_token";
    private const string BatchCounter = "num_batches_tracked";

    // A run's own weights have the embedding head in addition to the backbone.
    private const string RunHead = "head_";

    /// <summary>
    /// Takes the tensors of the backbone's own names (torchvision's, timm's, Caffe's), with <c>_</c> for <c>.</c> and <c>/</c> too,
    /// or with the prefix <c>backbone.</c>, <c>model.</c> or <c>module.</c>; or those of <see cref="TransformerLayout"/>. A position grid
    /// of another size is interpolated. An ONNX file has no such names: see <see cref="OnnxBackbone"/>.
    /// </summary>
    /// <param name="backbone">The backbone to fill.</param>
    /// <param name="path">A file in ONNX, in safetensors or of PyTorch.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, lacks a tensor, has an unknown tensor that is not a classifier's, or one of another shape; the backbone is
    /// unchanged.
    /// </exception>
    public static PretrainedReport Load(Backbone backbone, string path)
    {
        if (Path.GetExtension(path) == ".onnx")
        {
            return OnnxBackbone.Load(backbone, path);
        }

        using var file = PublishedFile.Open(path);
        var tensors = TransformerLayout.Apply(file.Tensors, out var elsewhere);
        var names = new PublishedNames(tensors.Keys, path);
        var fit = new WeightFit(path);
        var found = new List<(string Name, string Source, Tensor Target, PublishedTensor Values)>();
        var resized = false;
        foreach (var (name, target) in backbone.state_dict())
        {
            if (names.Find(name) is not { } source)
            {
                // Only training reads the counter, and old files do not have it.
                if (!name.EndsWith(BatchCounter, StringComparison.Ordinal))
                {
                    fit.Missing(name);
                }

                continue;
            }

            var values = WithoutLeadingOnes(tensors[source], target.dim());
            if (
                name == Positions
                && backbone is VisionTransformer transformer
                && names.Find(DistillationToken) is not null == transformer.SpecialTokens > 1
                && ResizePositions(values, target, transformer.SpecialTokens) is { } fitted)
            {
                (values, resized) = (fitted, true);
            }

            fit.Shape(name, values.Shape, target.shape);
            found.Add((name, source, target, values));
        }

        var leftOver = tensors.Keys.Except(found.Select(f => f.Source)).Order(StringComparer.Ordinal).ToList();
        var leftOut = leftOver.Where(name => PublishedNames.Begins(name, [.. backbone.NotLoaded, RunHead])).ToList();
        fit.Unexpected(leftOver.Except(leftOut));
        fit.Throw(nothingFound: found.Count == 0);
        // All are read before the first is copied: the file may be damaged anywhere.
        foreach (var (target, values) in found.Select(f => (f.Target, f.Values.Read())).ToList())
        {
            values.CopyTo(target);
        }

        return new PretrainedReport([.. found.Select(f => f.Name)], [.. leftOut, .. elsewhere], resized);
    }

    // Caffe ports keep vectors as [1, channels].
    private static PublishedTensor WithoutLeadingOnes(PublishedTensor tensor, long dimensions) =>
        dimensions == 1 && tensor.Shape is [1, _] ? tensor.Reshaped(tensor.Shape[1..]) : tensor;

    private static PublishedTensor? ResizePositions(PublishedTensor source, Tensor target, int specials)
    {
        var width = (int)target.shape[2];
        if (source.Shape is not [1, var tokens, var sourceWidth] || sourceWidth != width || tokens == target.shape[1] || tokens <= specials)
        {
            return null;
        }

        var from = (int)Math.Round(Math.Sqrt(tokens - specials));
        if (from * from != tokens - specials)
        {
            return null;
        }

        var to = (int)Math.Round(Math.Sqrt(target.shape[1] - specials));
        var shape = target.shape;
        return source with { Shape = shape, Read = Resized };

        SafetensorsTensor Resized()
        {
            var old = source.Read().ToFloats();
            return SafetensorsTensor.From(
                [.. old[..(specials * width)], .. PositionGrid.Resize(old.AsSpan(specials * width), from, to, width)], shape);
        }
    }
}

using Dml.Embedding;
using Dml.Embedding.Labels;
using Dml.Training.Recipes;
using Dml.Training.Weights;

namespace Dml.Training.Runs;

/// <summary>The labels that an embedder has learnt, as hashes for <c>model.json</c>; null where they are not known.</summary>
internal static class TrainedLabels
{
    /// <summary>
    /// Those of the training and validation pictures, those that the weights it starts from have learnt, and those that a teacher has
    /// learnt, whose vectors pass them on.
    /// </summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="data">Its pictures.</param>
    /// <param name="root">Where a relative path of a teacher starts.</param>
    /// <param name="weightsRoot">Where a relative path of pretrained weights starts.</param>
    public static IReadOnlyList<string>? Of(Recipe recipe, RecipeData data, string root, string weightsRoot)
    {
        var labels = LabelHash.OfAll(data.LearntLabels);
        var start = (recipe.Embedder ?? recipe.Pretrained) is { } file ? OfWeights(file, weightsRoot) : [];
        var teacher = recipe.Teacher is { } folder ? EmbedderManifest.Load(Path.Combine(root, folder)).TrainedLabels : [];
        return Union(Union(labels, start), teacher);
    }

    /// <summary>An embedder's own; none for a file of published weights, which know no label of a catalogue.</summary>
    /// <param name="weights">A file or a name, as <see cref="PretrainedFile"/> finds them.</param>
    /// <param name="root">Where a relative path starts.</param>
    public static IReadOnlyList<string>? OfWeights(string weights, string root)
    {
        var folder = Path.GetDirectoryName(PretrainedFile.Find(weights, root))!;
        return File.Exists(Path.Combine(folder, EmbedderManifest.FileName)) ? EmbedderManifest.Load(folder).TrainedLabels : [];
    }

    /// <summary>Both; unknown where one of them is.</summary>
    public static IReadOnlyList<string>? Union(IReadOnlyList<string>? one, IReadOnlyList<string>? other) =>
        one is null || other is null ? null : [.. one.Union(other).Order(StringComparer.Ordinal)];
}

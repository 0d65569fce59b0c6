using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Progress;

namespace Dml.Training.Recipes;

/// <summary>The training pictures as the recipe's teacher sees them.</summary>
internal static class TeacherVectors
{
    /// <summary>
    /// Unit vectors of every training picture, not augmented, [pictures][the teacher's dimension]; none where the recipe names no teacher.
    /// </summary>
    /// <exception cref="RecipeException">The teacher cannot be opened.</exception>
    public static IReadOnlyList<float[]> Of(Recipe recipe, RecipeData data, string root, IDisplay display, CancellationToken cancel)
    {
        if (recipe.Teacher is not { } folder)
        {
            return [];
        }

        try
        {
            using var teacher = Embedder.Open(Path.GetFullPath(Path.Combine(root, folder)));
            display.Begin("decode for the teacher", data.Split.Training.Count);
            using var pictures = data.OpenUnchanged(teacher.Manifest.Preprocessing, new StageProgress(display), cancel);
            display.Begin("embed by the teacher", pictures.Count);
            var vectors = HeldOutEvaluation.Embed(
                new OnnxEmbedder(teacher), pictures, recipe.Evaluation.BatchSize, new StageProgress(display), cancel);
            return [.. vectors.Chunk(teacher.Dimension)];
        }
        catch (EmbedderException e)
        {
            throw new RecipeException($"The recipe's teacher {folder} cannot be used: {e.Message}", e);
        }
    }
}

using System.Numerics.Tensors;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Search;

/// <summary>
/// Makes one query of several examples by the rule of Rocchio (J. J. Rocchio, "Relevance feedback in information retrieval", 1971): the
/// mean of what is liked, less a part of the mean of what is disliked.
/// </summary>
internal sealed class ExampleQueries(ItemQueries items)
{
    // Of the parts that were measured the one that finds most (docs/search.md).
    private const float DislikedPart = 0.15f;

    // What is left when likes and dislikes are the same has no direction.
    private const float ShortestSum = 1e-3f;

    /// <param name="generation">The generation of the request.</param>
    /// <param name="isOther">Whether the request names it, rather than searching the active one.</param>
    /// <param name="form">The examples.</param>
    /// <param name="region">The part of the first picture or, if there is none, of the first liked item.</param>
    /// <param name="account">Pays for what is embedded.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async ValueTask<Result<ExampleQuery>> MakeAsync(
        Generation generation, bool isOther, ExampleForm form, PictureRegion? region, Account account, CancellationToken cancel)
    {
        var (likes, dislikes, keys) = (new List<float[]>(), new List<float[]>(), new List<long>());
        var (decode, embed) = (0.0, 0.0);
        foreach (var image in form.Images)
        {
            var embedded = await generation.EmbedAsync(image, account, cancel, region: likes.Count == 0 ? region : null);
            if (embedded.Vector is null)
            {
                return embedded.Error!.ToRefusal();
            }

            likes.Add(embedded.Vector);
            (decode, embed) = (decode + embedded.DecodeMilliseconds, embed + embedded.EmbedMilliseconds);
        }

        foreach (var (ids, vectors) in new[] { (form.Likes, likes), (form.Dislikes, dislikes) })
        {
            foreach (var id in ids)
            {
                var found = await items.FindAsync(generation, isOther, id, likes.Count == 0 ? region : null, account, cancel);
                if (found.Value is not { } item)
                {
                    return found.Refusal!;
                }

                vectors.Add(item.Vector);
                keys.Add(item.Key);
                (decode, embed) = (decode + item.DecodeMilliseconds, embed + item.EmbedMilliseconds);
            }
        }

        return TryCombine(likes, dislikes, out var vector)
            ? new ExampleQuery(vector, [.. keys], decode, embed)
            : new Refusal(
                ProblemCode.BadVector, "The examples cancel each other out: their vectors add up to nothing. Leave one of them out.");
    }

    private static bool TryCombine(List<float[]> likes, List<float[]> dislikes, out float[] vector)
    {
        // One example is itself, to the last bit.
        if (likes.Count == 1 && dislikes.Count == 0)
        {
            vector = likes[0];
            return true;
        }

        vector = new float[likes[0].Length];
        Add(likes, 1f / likes.Count, vector);
        Add(dislikes, -DislikedPart / Math.Max(1, dislikes.Count), vector);
        var length = TensorPrimitives.Norm<float>(vector);
        if (!(length > ShortestSum))
        {
            return false;
        }

        TensorPrimitives.Divide(vector, length, vector);
        return true;
    }

    private static void Add(List<float[]> vectors, float part, float[] sum)
    {
        foreach (var vector in vectors)
        {
            TensorPrimitives.MultiplyAdd(vector, part, sum, sum);
        }
    }
}

/// <summary>A query of examples: its vector, the items among the examples, which are no hits, and what it cost to make it.</summary>
internal sealed record ExampleQuery(float[] Vector, long[] Items, double DecodeMilliseconds, double EmbedMilliseconds);

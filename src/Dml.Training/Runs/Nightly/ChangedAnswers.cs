using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Runs.Nightly;

/// <summary>The held-out queries whose nearest pictures two embedders disagree on most, with small pictures to look at.</summary>
internal sealed class ChangedAnswers(RetrievalProtocol protocol, IReadOnlyList<LabelledPicture> pictures)
{
    private const int Rows = 24;
    private const int Neighbours = 5;

    // Comparing every query of a large catalogue would show the same twenty-four rows, later.
    private const int MostQueries = 2000;
    private const int Seed = 1;
    private const int Side = 72;
    private const int JpegQuality = 80;
    private const long MaxPixels = 100_000_000;

    /// <summary>Rows <c>{ query, before, after }</c>, most changed first; a query that is answered alike is in none.</summary>
    /// <param name="before">The active embedder's vectors, [pictures, dimension].</param>
    /// <param name="after">The candidate's; the dimension may be another.</param>
    public JsonArray Of(float[] before, float[] after)
    {
        int[] queries = [.. protocol.Queries];
        new Random(Seed).Shuffle(queries);
        var changed = queries.Take(MostQueries)
            .Select(query => (Query: query, Before: Nearest(before, query), After: Nearest(after, query)))
            .Select(row =>
                (
                    row.Query,
                    row.Before,
                    row.After,
                    New: row.After.Except(row.Before).Count(),
                    Gain: Math.Abs(Right(row.Query, row.After) - Right(row.Query, row.Before))))
            .Where(row => row.New > 0)
            .OrderByDescending(row => row.New + row.Gain).ThenBy(row => row.Query)
            .Take(Rows);
        return [.. changed.Select(row => new JsonObject
        {
            ["query"] = Show(row.Query, row.Query),
            ["before"] = new JsonArray([.. row.Before.Select(hit => Show(row.Query, hit))]),
            ["after"] = new JsonArray([.. row.After.Select(hit => Show(row.Query, hit))]),
        })];
    }

    private int[] Nearest(float[] vectors, int query) => Retrieval.Nearest(vectors, protocol, query, Neighbours);

    private int Right(int query, int[] hits) => hits.Count(hit => protocol.Grade(query, hit) > 0);

    private JsonObject Show(int query, int hit) => new()
    {
        ["item"] = pictures[hit].Attributes.GetValueOrDefault("item", pictures[hit].Id),
        ["label"] = pictures[hit].Class,
        ["right"] = protocol.Grade(query, hit) > 0,
        ["jpeg"] = Convert.ToBase64String(Thumbnail(pictures[hit])),
    };

    private static byte[] Thumbnail(LabelledPicture picture)
    {
        var square = new Preprocessing { InputSize = Side, Resize = ResizeRule.Pad };
        var rgb = new byte[square.PixelBytes];
        // One that cannot be decoded any more stays black.
        _ = PictureDecoder.TryDecode(picture.Load(), square, MaxPixels, rgb, out _);
        using var image = VipsImage.FromRgb(rgb, Side, Side);
        return image.Encode(PictureFormat.Jpeg, JpegQuality);
    }
}

using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Reporting;

/// <summary>Held-out queries with their nearest neighbours, right ones and wrong ones.</summary>
/// <param name="Rows">One per query.</param>
internal sealed record PictureWall(IReadOnlyList<PictureWallRow> Rows)
{
    private const int Seed = 1;
    private const int Neighbours = 8;

    /// <summary>Draws queries of different classes; the same ones for the same pictures, so that reports can be compared.</summary>
    public static PictureWall Of(float[] vectors, RetrievalProtocol protocol, IReadOnlyList<LabelledPicture> pictures, PixelCache pixels, int queries)
    {
        int[] order = [.. protocol.Queries];
        new Random(Seed).Shuffle(order);
        PictureWallPicture Show(int i, bool right) => new(PngOf(pixels, i), pictures[i].Class, pictures[i].Id, right);
        return new(
        [
            .. order.DistinctBy(protocol.ClassOf).Take(queries).Select(query => new PictureWallRow(
                Show(query, true),
                [.. Retrieval.Nearest(vectors, protocol, query, Neighbours).Select(i => Show(i, protocol.Grade(query, i) > 0))])),
        ]);
    }

    private static byte[] PngOf(PixelCache pixels, int index)
    {
        var rgb = new byte[pixels.Side * pixels.Side * 3];
        pixels.Read(index, rgb);
        using var image = Embedding.VipsImage.FromRgb(rgb, pixels.Side, pixels.Side);
        return image.Encode(Embedding.PictureFormat.Png);
    }
}

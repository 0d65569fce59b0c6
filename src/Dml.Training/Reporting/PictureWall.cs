using Dml.Embedding;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Reporting;

/// <summary>Held-out queries with their nearest neighbours, right ones and wrong ones.</summary>
/// <param name="Rows">One per query.</param>
internal sealed record PictureWall(IReadOnlyList<PictureWallRow> Rows)
{
    /// <summary>The pictures of drawn queries and their answers.</summary>
    public static PictureWall Of(IReadOnlyList<Neighbourhood> neighbourhoods, IReadOnlyList<LabelledPicture> pictures, PixelCache pixels)
    {
        var places = pictures.Select((picture, i) => (picture.Id, i)).ToDictionary();
        PictureWallPicture Show(string id, bool right) =>
            new(Render(pixels, places[id], PictureFormat.Png), pictures[places[id]].Class, id, right);
        return new([.. neighbourhoods.Select(n => new PictureWallRow(Show(n.Query, true), [.. n.Answers.Zip(n.Right, Show)]))]);
    }

    /// <summary>One picture as a file.</summary>
    public static byte[] Render(PixelCache pixels, int index, PictureFormat format)
    {
        var rgb = new byte[pixels.Side * pixels.Side * 3];
        pixels.Read(index, rgb);
        using var image = VipsImage.FromRgb(rgb, pixels.Side, pixels.Side);
        return image.Encode(format);
    }
}

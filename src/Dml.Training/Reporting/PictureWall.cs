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

/// <summary>A query and its neighbours, best first.</summary>
internal sealed record PictureWallRow(PictureWallPicture Query, IReadOnlyList<PictureWallPicture> Neighbours);

/// <summary>One picture of the wall.</summary>
/// <param name="Png">The pixels that the network saw.</param>
/// <param name="Class">Its class.</param>
/// <param name="Id">Its id in the dataset.</param>
/// <param name="IsRight">Whether it has the query's class.</param>
internal sealed record PictureWallPicture(byte[] Png, string Class, string Id, bool IsRight);

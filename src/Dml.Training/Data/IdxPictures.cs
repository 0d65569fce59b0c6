using System.Globalization;
using Dml.Embedding;

namespace Dml.Training.Data;

/// <summary>Grey pictures of an IDX pair: images [count, height, width] and labels [count].</summary>
internal static class IdxPictures
{
    /// <summary>Adds the pictures of <c>images</c> and <c>labels</c> as <c>part/number</c>.</summary>
    /// <param name="files">Contains both, gzipped or plain.</param>
    /// <param name="pictures">Where they go.</param>
    /// <param name="set">First part of the ids.</param>
    /// <param name="images">Name of the images without .gz.</param>
    /// <param name="labels">Name of the labels without .gz.</param>
    /// <param name="part">Side of the split.</param>
    /// <param name="className">A label's class.</param>
    public static void Add(
        DatasetFiles files, PictureList pictures, string set, string images, string labels, PicturePart part, Func<int, string> className)
    {
        var (imageFile, labelFile) = (files.First(images + ".gz", images), files.First(labels + ".gz", labels));
        var (pixels, classes) = (Read(files, imageFile), Read(files, labelFile));
        if (
            pixels is not { ElementBytes: 1, Dimensions: [var count, var height, var width] }
            || classes.Dimensions is not [var labelCount]
            || labelCount != count)
        {
            throw files.Damaged(
                $"{imageFile.Name} holds {string.Join(" × ", pixels.Dimensions)} and {labelFile.Name} "
                    + $"{string.Join(" × ", classes.Dimensions)}; expected count × height × width bytes, and as many labels.");
        }

        var numbers = classes.ToNumbers();
        for (var i = 0; i < count; i++)
        {
            var grey = pixels.Data.Slice(i * height * width, height * width);
            pictures.Add(
                new(string.Create(CultureInfo.InvariantCulture, $"{set}/{i:D5}"), className(numbers[i]), () =>
                    Png(grey.Span, width, height))
                {
                    Part = part,
                },
                imageFile.Length,
                imageFile.Stamp);
        }
    }

    private static IdxFile Read(DatasetFiles files, DatasetFile file)
    {
        try
        {
            return IdxFile.Read(file.Load());
        }
        catch (InvalidDataException e)
        {
            throw files.Damaged($"{file.Name}: {e.Message}");
        }
    }

    private static byte[] Png(ReadOnlySpan<byte> grey, int width, int height)
    {
        var rgb = new byte[3 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            rgb.AsSpan(3 * i, 3).Fill(grey[i]);
        }

        using var image = VipsImage.FromRgb(rgb, width, height);
        return image.Encode(PictureFormat.Png);
    }
}

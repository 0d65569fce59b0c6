namespace Dml.Embedding;

/// <summary>Format and size of a picture, from its header.</summary>
/// <param name="Format">The file format.</param>
/// <param name="Width">Pixels from left to right, after EXIF rotation.</param>
/// <param name="Height">Pixels from top to bottom, after EXIF rotation.</param>
public readonly record struct PictureInfo(PictureFormat Format, int Width, int Height)
{
    /// <summary>The media type, for example <c>image/png</c>.</summary>
    public string ContentType => Format switch
    {
        PictureFormat.Jpeg => "image/jpeg",
        PictureFormat.Png => "image/png",
        PictureFormat.WebP => "image/webp",
        PictureFormat.Gif => "image/gif",
        PictureFormat.Avif => "image/avif",
        _ => "image/tiff",
    };
}

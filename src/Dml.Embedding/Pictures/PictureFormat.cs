namespace Dml.Embedding;

/// <summary>The file formats that are accepted from outside.</summary>
public enum PictureFormat
{
    /// <summary>JPEG, image/jpeg.</summary>
    Jpeg,

    /// <summary>PNG, image/png.</summary>
    Png,

    /// <summary>WebP, image/webp; of an animation the first frame.</summary>
    WebP,

    /// <summary>GIF, image/gif; of an animation the first frame.</summary>
    Gif,

    /// <summary>AVIF, image/avif; of an animation or a collection the first picture.</summary>
    Avif,

    /// <summary>TIFF, image/tiff; the first page.</summary>
    Tiff,
}

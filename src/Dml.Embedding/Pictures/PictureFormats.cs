namespace Dml.Embedding;

/// <summary>Which formats this process accepts, beside JPEG, PNG, WebP and GIF.</summary>
public static class PictureFormats
{
    private static volatile bool _acceptsMore = true;

    /// <summary>
    /// Whether AVIF and TIFF are accepted. Their decoders are larger than the others, and so is what may be wrong with them. Set it before
    /// the first picture: files that were accepted earlier are refused from then on, thumbnails included.
    /// </summary>
    public static bool AcceptsMore
    {
        get => _acceptsMore;
        set => _acceptsMore = value;
    }

    /// <summary>The accepted formats, such as "JPEG, PNG, WebP or GIF".</summary>
    internal static string Names => AcceptsMore ? "JPEG, PNG, WebP, GIF, AVIF or TIFF" : "JPEG, PNG, WebP or GIF";
}

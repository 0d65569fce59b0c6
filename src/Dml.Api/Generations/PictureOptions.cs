using Dml.Api.Configuration;

namespace Dml.Api.Generations;

/// <summary>The section <c>Pictures</c>: which files are accepted.</summary>
[Section("Pictures")]
internal sealed class PictureOptions
{
    /// <summary>Whether AVIF and TIFF are accepted beside JPEG, PNG, WebP and GIF.</summary>
    public bool MoreFormats { get; set; } = true;
}

using System.Text.Json.Serialization;

namespace Dml.Embedding;

/// <summary>How a picture of any shape becomes the square that the network sees.</summary>
public enum ResizeRule
{
    /// <summary>Both sides are scaled to the input size. The aspect ratio is not kept.</summary>
    [JsonStringEnumMemberName("squash")]
    Squash,

    /// <summary>The short side is scaled to the input size, and the centre of the long side is kept.</summary>
    [JsonStringEnumMemberName("shortSideCrop")]
    ShortSideCrop,

    /// <summary>
    /// The short side is scaled to 8/7 of the input size, and the centre is kept: 256 and 224 pixels, the protocol of most papers.
    /// </summary>
    [JsonStringEnumMemberName("centreCrop")]
    CentreCrop,

    /// <summary>The long side is scaled to the input size, and white fills the rest equally on both sides.</summary>
    [JsonStringEnumMemberName("pad")]
    Pad,
}

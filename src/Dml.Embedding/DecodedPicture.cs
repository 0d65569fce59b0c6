namespace Dml.Embedding;

/// <summary>A picture between decoder and network. The memory is reused for other pictures.</summary>
internal sealed class DecodedPicture(int numbers)
{
    /// <summary>[3, side, side], normalised.</summary>
    internal float[] Pixels { get; } = new float[numbers];

    /// <summary>The request that the picture belongs to.</summary>
    internal EmbedRequest? Request { get; set; }

    internal PictureInfo Info { get; set; }

    internal double DecodeMilliseconds { get; set; }
}

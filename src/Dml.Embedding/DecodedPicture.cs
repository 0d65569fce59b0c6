namespace Dml.Embedding;

/// <summary>One picture between decoder and network; the memory is used again for the next one.</summary>
internal sealed class DecodedPicture(int numbers)
{
    /// <summary>[3, side, side], normalised.</summary>
    internal float[] Pixels { get; } = new float[numbers];

    /// <summary>Whom it belongs to.</summary>
    internal EmbedRequest? Request { get; set; }

    internal PictureInfo Info { get; set; }

    internal double DecodeMilliseconds { get; set; }
}

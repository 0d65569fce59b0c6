namespace Dml.Training.Evaluation;

/// <summary>Sorts a whole gallery by score, best first, equal scores by place: three passes of radix sort (11 bits each), which takes the same time whatever the scores are.</summary>
internal sealed class ScoreOrder
{
    private const int Bits = 11;
    private const int Passes = 3;

    private readonly int[] counts = new int[1 << Bits];
    private uint[] keys = [];
    private uint[] otherKeys = [];
    private int[] places = [];
    private int[] otherPlaces = [];

    /// <summary>The places 0..scores.Length-1, best first. Valid until the next call.</summary>
    public ReadOnlySpan<int> Of(ReadOnlySpan<float> scores)
    {
        if (keys.Length < scores.Length)
        {
            (keys, otherKeys, places, otherPlaces) = (new uint[scores.Length], new uint[scores.Length], new int[scores.Length], new int[scores.Length]);
        }
        for (var i = 0; i < scores.Length; i++)
        {
            (keys[i], places[i]) = (Descending(scores[i]), i);
        }
        for (var pass = 0; pass < Passes; pass++)
        {
            Scatter(scores.Length, pass * Bits);
        }
        return places.AsSpan(0, scores.Length);
    }

    // Stable, so that equal keys keep the order of their places.
    private void Scatter(int length, int shift)
    {
        const uint Mask = (1u << Bits) - 1;
        Array.Clear(counts);
        for (var i = 0; i < length; i++)
        {
            counts[(keys[i] >> shift) & Mask]++;
        }
        var start = 0;
        for (var digit = 0; digit < counts.Length; digit++)
        {
            (counts[digit], start) = (start, start + counts[digit]);
        }
        for (var i = 0; i < length; i++)
        {
            var to = counts[(keys[i] >> shift) & Mask]++;
            (otherKeys[to], otherPlaces[to]) = (keys[i], places[i]);
        }
        (keys, otherKeys, places, otherPlaces) = (otherKeys, keys, otherPlaces, places);
    }

    // The bits of a float order like whole numbers once negative ones are turned round; all bits turned again put the greatest first. Adding 0 makes -0 a 0: they are equal scores.
    private static uint Descending(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits >> 31) == 0 ? ~(bits | 0x8000_0000u) : bits;
    }
}

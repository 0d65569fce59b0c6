namespace Dml.Training.Numerics;

/// <summary>
/// Sorts a whole gallery by score, best first, equal scores by place: three passes of radix sort (11 bits each), which takes the same time
/// whatever the scores are.
/// </summary>
internal sealed class ScoreOrder
{
    private const int Bits = 11;
    private const int Passes = 3;

    private readonly int[] _counts = new int[1 << Bits];
    private uint[] _keys = [];
    private uint[] _otherKeys = [];
    private int[] _places = [];
    private int[] _otherPlaces = [];

    /// <summary>The places 0..scores.Length-1, best first. Valid until the next call.</summary>
    public ReadOnlySpan<int> Of(ReadOnlySpan<float> scores)
    {
        if (_keys.Length < scores.Length)
        {
            (_keys, _otherKeys, _places, _otherPlaces) = (
                new uint[scores.Length], new uint[scores.Length], new int[scores.Length], new int[scores.Length]);
        }

        for (var i = 0; i < scores.Length; i++)
        {
            (_keys[i], _places[i]) = (Descending(scores[i]), i);
        }

        for (var pass = 0; pass < Passes; pass++)
        {
            Scatter(scores.Length, pass * Bits);
        }

        return _places.AsSpan(0, scores.Length);
    }

    // Stable, so that equal keys keep the order of their places.
    private void Scatter(int length, int shift)
    {
        const uint Mask = (1u << Bits) - 1;
        Array.Clear(_counts);
        for (var i = 0; i < length; i++)
        {
            _counts[(_keys[i] >> shift) & Mask]++;
        }

        var start = 0;
        for (var digit = 0; digit < _counts.Length; digit++)
        {
            (_counts[digit], start) = (start, start + _counts[digit]);
        }

        for (var i = 0; i < length; i++)
        {
            var to = _counts[(_keys[i] >> shift) & Mask]++;
            (_otherKeys[to], _otherPlaces[to]) = (_keys[i], _places[i]);
        }

        (_keys, _otherKeys, _places, _otherPlaces) = (_otherKeys, _keys, _otherPlaces, _places);
    }

    // The bits of a float order like whole numbers once negative ones are turned round; all bits turned again put the greatest first.
    // Adding 0 makes -0 a 0: they are equal scores.
    private static uint Descending(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits >> 31) == 0 ? ~(bits | 0x8000_0000u) : bits;
    }
}

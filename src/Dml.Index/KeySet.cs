namespace Dml.Index;

/// <summary>
/// A set of keys as a bitmap: one bit for every key from 0 to the largest. It tells a search how many items can match, and
/// lets it look at these items alone when they are few.
/// </summary>
public sealed class KeySet
{
    private readonly ulong[] _bits;

    /// <param name="keys">The keys, 0 to 2^37 - 1. Repeated keys count once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A key is negative or too large for a bitmap.</exception>
    public KeySet(IEnumerable<long> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ulong[] bits = [];
        foreach (var key in keys)
        {
            if (key < 0 || key >> 6 >= Array.MaxLength)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(keys), key, "A bitmap holds keys from 0 to 2^37 - 1. Use SearchOptions.Filter for other keys.");
            }

            var word = (int)(key >> 6);
            if (word >= bits.Length)
            {
                Array.Resize(ref bits, Math.Max(word + 1, (int)Math.Min(Array.MaxLength, 2L * bits.Length)));
            }

            Count += (bits[word] & (1UL << (int)key)) == 0 ? 1 : 0;
            bits[word] |= 1UL << (int)key;
        }

        _bits = bits;
    }

    /// <summary>Keys in the set.</summary>
    public long Count { get; }

    /// <summary>The bitmap: bit k % 64 of word k / 64 for key k.</summary>
    internal ReadOnlySpan<ulong> Words => _bits;

    /// <summary>Whether a key is in the set.</summary>
    public bool Contains(long key) =>
        (ulong)key >> 6 < (ulong)_bits.Length && (_bits[key >> 6] & (1UL << (int)key)) != 0;
}

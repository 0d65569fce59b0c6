namespace Dml.Api.Tests.Reliability;

/// <summary>A file with one thing wrong.</summary>
/// <param name="What">For the message of a failure.</param>
/// <param name="Bytes">The damaged file.</param>
internal readonly record struct Damage(string What, byte[] Bytes)
{
    /// <summary>
    /// Cuts at places spread evenly over the file, both ends among them: everywhere when <paramref name="count"/> is the
    /// length.
    /// </summary>
    public static IEnumerable<Damage> Cuts(byte[] whole, int count) =>
        Enumerable.Range(0, count).Select(i => (int)((long)i * whole.Length / count)).Distinct()
            .Select(length => new Damage($"cut to {length} of {whole.Length} bytes", whole[..length]));

    /// <summary>One flipped bit each, at random places: one in three in the first 200 bytes.</summary>
    public static IEnumerable<Damage> Flips(byte[] whole, int count, Random random)
    {
        for (var i = 0; i < count; i++)
        {
            var at = random.Next(i % 3 == 0 ? Math.Min(200, whole.Length) : whole.Length);
            var bit = random.Next(8);
            byte[] flipped = [.. whole];
            flipped[at] ^= (byte)(1 << bit);
            yield return new Damage($"bit {bit} of byte {at} flipped", flipped);
        }
    }
}

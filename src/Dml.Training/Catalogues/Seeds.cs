namespace Dml.Training.Catalogues;

/// <summary>Derives independent seeds from one seed. .NET's hash codes cannot be used, because they differ between processes.</summary>
public static class Seeds
{
    /// <summary>
    /// A seed from a sequence of numbers such as (seed, epoch, position), each mixed in by the finalizer of SplitMix64 (Steele, Lea, Flood,
    /// OOPSLA 2014).
    /// </summary>
    public static int Mix(params ReadOnlySpan<int> parts)
    {
        var state = 0x9E3779B97F4A7C15UL;
        foreach (var part in parts)
        {
            state += 0x9E3779B97F4A7C15UL + (uint)part;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EBUL;
            state ^= state >> 31;
        }

        return (int)(state >> 33);
    }
}

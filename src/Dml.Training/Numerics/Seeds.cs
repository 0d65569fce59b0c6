namespace Dml.Training.Numerics;

/// <summary>Independent seeds from one. Hash codes of .NET differ from process to process, so they cannot serve here.</summary>
public static class Seeds
{
    /// <summary>
    /// A seed from a chain of numbers such as (seed, epoch, position): SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014) over each.
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

namespace Dml.Embedding;

/// <summary>
/// Random pictures to compare networks on. Networks give nearly the same vector for all plain noise, which would hide mistakes, so these
/// are waves with a little noise.
/// </summary>
public static class SmoothPicture
{
    /// <summary>Draws one.</summary>
    /// <param name="side">Side in pixels.</param>
    /// <param name="random">Decides how it looks.</param>
    /// <param name="rgb">Receives [side, side, 3] bytes, red first.</param>
    public static void Draw(int side, Random random, Span<byte> rgb)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var (across, down, shift) = (random.NextDouble() * 20, random.NextDouble() * 20, random.NextDouble() * 6);
            for (var i = 0; i < side * side; i++)
            {
                var wave = Math.Sin((across * (i % side) / side) + (down * (i / side) / side) + shift);
                rgb[(i * 3) + channel] = (byte)(127.5 + (100 * wave) + (27 * random.NextDouble()));
            }
        }
    }
}

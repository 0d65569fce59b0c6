using System.Buffers.Binary;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>Changes picture files the way fuzzers do; the same number of the same seed gives the same file.</summary>
internal static class PictureMutation
{
    private const int MostChanges = 8;
    private const int HeaderBytes = 400;
    private static readonly uint[] Extremes = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF];

    public static byte[] Of(IReadOnlyList<byte[]> originals, int seed, int number)
    {
        // HashCode differs between processes. The factors are odd and large, so that consecutive seeds are far apart.
        Random random = new(unchecked((int)(((uint)seed * 2_654_435_761u) ^ ((uint)number * 2_246_822_519u))));
        List<byte> file = [.. originals[number % originals.Count]];
        for (var change = random.Next(1, MostChanges); change > 0 && file.Count > 0; change--)
        {
            Change(file, originals, random);
        }

        return [.. file];
    }

    private static void Change(List<byte> file, IReadOnlyList<byte[]> originals, Random random)
    {
        // Half of the changes hit the headers, where they hurt most.
        var at = random.Next(random.Next(2) == 0 ? Math.Min(file.Count, HeaderBytes) : file.Count);
        var length = Math.Min(file.Count - at, random.Next(1, 64));
        switch (random.Next(9))
        {
            case 0:
                file[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                file[at] = (byte)random.Next(256);
                break;
            case 2:
                file[at] = random.Next(2) == 0 ? (byte)0 : (byte)255;
                break;
            case 3:
                WriteNumber(file, at, Extremes[random.Next(Extremes.Length)], random);
                break;
            case 4:
                file.RemoveRange(at, length);
                break;
            case 5:
                file.InsertRange(at, file.GetRange(at, length));
                break;
            case 6:
                var noise = new byte[length];
                random.NextBytes(noise);
                file.InsertRange(at, noise);
                break;
            case 7:
                var other = originals[random.Next(originals.Count)];
                var from = random.Next(other.Length);
                file.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 4 * length)));
                break;
            default:
                if (random.Next(4) == 0)
                {
                    file.RemoveRange(at, file.Count - at);
                }

                break;
        }
    }

    // A size, an offset or a count: two or four bytes in either order.
    private static void WriteNumber(List<byte> file, int at, uint number, Random random)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        var part = bytes.AsSpan(0, random.Next(2) == 0 ? 2 : 4);
        if (random.Next(2) == 0)
        {
            part.Reverse();
        }

        for (var i = 0; i < part.Length && at + i < file.Count; i++)
        {
            file[at + i] = part[i];
        }
    }
}

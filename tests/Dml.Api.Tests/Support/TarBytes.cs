using System.Text;

namespace Dml.Api.Tests.Support;

/// <summary>Tar archives byte by byte, for what no library writes.</summary>
internal sealed class TarBytes
{
    private const int Block = 512;
    private readonly List<byte> _bytes = [];

    public static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its name, one byte a character.</param>
    /// <param name="data">Its contents.</param>
    /// <param name="type">Its type.</param>
    /// <param name="target">The name that it links to.</param>
    /// <param name="magic">"ustar\000", "ustar  " or nothing for V7.</param>
    /// <param name="size">The size to state if it is another one than that of the contents.</param>
    /// <param name="change">Changes the header before its checksum is made.</param>
    public TarBytes Add(
        string name, byte[] data, char type = '0', string target = "", string magic = "ustar\000", long? size = null,
        Action<byte[]>? change = null)
    {
        var header = new byte[Block];
        Latin1(name)[..Math.Min(name.Length, 100)].CopyTo(header, 0);
        Latin1("0000644\0").CopyTo(header, 100);
        Latin1($"{Convert.ToString(size ?? data.Length, 8).PadLeft(11, '0')}\0").CopyTo(header, 124);
        Latin1("00000000000\0").CopyTo(header, 136);
        Latin1("        ").CopyTo(header, 148);
        header[156] = (byte)type;
        Latin1(target).CopyTo(header, 157);
        Latin1(magic).CopyTo(header, 257);
        change?.Invoke(header);
        Latin1($"{Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        _bytes.AddRange(header);
        return Raw(data);
    }

    /// <summary>Adds an extended header of POSIX.</summary>
    public TarBytes AddPax(string keyword, string value, char type = 'x')
    {
        var rest = Encoding.UTF8.GetByteCount($" {keyword}={value}\n");
        var length = rest + 1;
        while (length != rest + $"{length}".Length)
        {
            length = rest + $"{length}".Length;
        }

        return Add("PaxHeaders/x", Encoding.UTF8.GetBytes($"{length} {keyword}={value}\n"), type);
    }

    /// <summary>Adds bytes, and zeros up to a whole block.</summary>
    public TarBytes Raw(byte[] data)
    {
        _bytes.AddRange(data);
        _bytes.AddRange(new byte[(Block - (data.Length % Block)) % Block]);
        return this;
    }

    /// <summary>The archive with its end mark.</summary>
    public byte[] End() => [.. _bytes, .. new byte[2 * Block]];

    /// <summary>The archive without an end mark.</summary>
    public byte[] Cut() => [.. _bytes];
}

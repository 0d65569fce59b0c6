using System.Buffers.Binary;
using System.Text;

namespace Dml.Training.Tests.Torch;

/// <summary>A 64-bit ELF library to look into and to damage, read apart from the code under test.</summary>
internal sealed class ElfLibrary(byte[] bytes)
{
    internal const int SymbolBytes = 24;
    private const int HeaderBytes = 64;

    internal byte[] Bytes => bytes;

    /// <summary>Name, first byte and length of each section that takes room in the file.</summary>
    internal IEnumerable<(string Name, int Offset, int Length)> Sections
    {
        get
        {
            var table = (int)Long(0x28);
            var names = (int)Long(table + (Short(0x3E) * HeaderBytes) + 24);
            for (var header = table; header < table + (Short(0x3C) * HeaderBytes); header += HeaderBytes)
            {
                yield return (Text(names + (int)Int(header)), (int)Long(header + 24), (int)Long(header + 32));
            }
        }
    }

    /// <summary>Place of the only occurrence of a name with its closing zero in the names of dynamic symbols.</summary>
    internal int NamePlace(string name)
    {
        var (start, length) = Section(".dynstr");
        var names = bytes.AsSpan(start, length);
        var wanted = Encoding.ASCII.GetBytes($"\0{name}\0");
        var at = names.IndexOf(wanted);
        Assert.True(at >= 0, $"There is no {name}.");
        Assert.Equal(-1, names[(at + 1)..].IndexOf(wanted));
        return start + at + 1;
    }

    /// <summary>Place of the record of a needed version: 16 bytes that begin with the hash of its name.</summary>
    internal int VersionPlace(string version)
    {
        var (start, length) = Section(".gnu.version_r");
        var name = (uint)(NamePlace(version) - Section(".dynstr").Offset);
        return Enumerable.Range(0, length / 16).Select(i => start + (i * 16)).Single(at => Int(at + 8) == name && Int(at) == Hash(version));
    }

    /// <summary>Place of the dynamic symbol of this name.</summary>
    internal int SymbolPlace(string name)
    {
        var (start, length) = Section(".dynsym");
        var wanted = (uint)(NamePlace(name) - Section(".dynstr").Offset);
        return Enumerable.Range(0, length / SymbolBytes).Select(i => start + (i * SymbolBytes)).Single(at => Int(at) == wanted);
    }

    internal (int Offset, int Length) Section(string name)
    {
        var (_, offset, length) = Sections.Single(section => section.Name == name);
        return (offset, length);
    }

    internal string Text(int at) => Encoding.ASCII.GetString(bytes.AsSpan(at, bytes.AsSpan(at).IndexOf((byte)0)));

    internal ushort Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    internal uint Int(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    internal void SetShort(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), checked((ushort)value));

    internal void SetInt(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    internal long Long(int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    internal void SetLong(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);

    // As `readelf` and python agree on for the two versions of the tests.
    private static uint Hash(string version) => version switch
    {
        "GLIBCXX_3.4.32" => 0x0297F842,
        "GLIBCXX_3.4.20" => 0x0297F870,
        _ => throw new ArgumentException($"The hash of {version} is not known here.", nameof(version)),
    };
}

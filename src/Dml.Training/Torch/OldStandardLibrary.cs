using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Training.Torch;

/// <summary>
/// Loads TorchSharp's native library where libstdc++ is older than GCC 13's, such as Debian 12 and Ubuntu 22.04.
/// </summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> 0.107 needs one thing of GLIBCXX_3.4.32: <c>std::ios_base_library_init()</c>, an empty function that exists
/// so that <c>&lt;iostream&gt;</c> is initialised before its users; libtorch_cpu.so, which is loaded first, does that by itself. In a copy
/// of the file that one reference is turned into <c>std::get_terminate()</c> of GLIBCXX_3.4.20, which has no effect either. A TorchSharp
/// that is built with <c>-static-libstdc++</c> or an older GCC would make this class unnecessary; it should be proposed to TorchSharp.
/// </remarks>
internal static class OldStandardLibrary
{
    /// <summary>The version of libstdc++'s symbols that such systems lack.</summary>
    internal const string Missing = "GLIBCXX_3.4.32";

    private const string Instead = "GLIBCXX_3.4.20";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string HarmlessSymbol = "_ZSt13get_terminatev";

    // Sizes and places of 64-bit ELF, from the System V gABI.
    private const int SectionHeaderBytes = 64;
    private const int SymbolBytes = 24;
    private const int DynamicBytes = 16;

    /// <summary>Loads a rewritten copy of <paramref name="file"/>.</summary>
    /// <exception cref="DllNotFoundException">The file is not the one that is known here, or the copy does not load either.</exception>
    internal static nint Load(string file)
    {
        var folder = Directory.CreateTempSubdirectory("dml-torchsharp-").FullName;
        try
        {
            var copy = Path.Combine(folder, Path.GetFileName(file));
            File.WriteAllBytes(copy, Rewrite(File.ReadAllBytes(file)));
            return NativeLibrary.Load(copy);
        }
        catch (Exception exception)
            when (exception is InvalidDataException or IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            throw new DllNotFoundException(
                $"{file} needs {Missing} of libstdc++ (GCC 13 or later), which this system lacks, and a copy without that need "
                + $"cannot be used: {exception.Message} Train on a newer system, such as Debian 13 or Ubuntu 24.04.",
                exception);
        }
        finally
        {
            // A loaded library needs its name no longer.
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The library without its need for <see cref="Missing"/>.</summary>
    /// <param name="library">All bytes of a 64-bit little-endian ELF library.</param>
    /// <returns>A changed copy: the name of one symbol, and the name and hash of the version that it asks for.</returns>
    /// <exception cref="InvalidDataException">
    /// Something is not as it was in the library that this was written for; nothing is guessed.
    /// </exception>
    internal static byte[] Rewrite(ReadOnlySpan<byte> library)
    {
        try
        {
            return new Image(library.ToArray()).Rewrite();
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("It is cut off or not an ELF library.", exception);
        }
    }

    private readonly record struct Section(long Offset, long Bytes);

    private sealed class Image(byte[] bytes)
    {
        internal byte[] Rewrite()
        {
            Expect(bytes.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8), "It is not a 64-bit little-endian ELF library.");
            var sections = ReadSections();
            var names = Named(sections, ".dynstr");
            var (version, versionIndex, insteadName) = FindVersions(Named(sections, ".gnu.version_r"), names);
            var symbolName = FindSymbol(Named(sections, ".dynsym"), Named(sections, ".gnu.version"), versionIndex);
            var at = names.Offset + symbolName;
            var symbol = Encoding.ASCII.GetBytes(Symbol + '\0');
            Expect(
                bytes.AsSpan(checked((int)at), symbol.Length).SequenceEqual(symbol),
                $"What it needs of {Missing} is {Text(at)}, not {Symbol}.");
            ExpectUnshared(sections, symbolName, symbol.Length);
            Encoding.ASCII.GetBytes(HarmlessSymbol + '\0').CopyTo(bytes.AsSpan(checked((int)at)));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(checked((int)version)), Hash(Instead));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(checked((int)version + 8)), insteadName);
            return bytes;
        }

        private Dictionary<string, Section> ReadSections()
        {
            var table = Long(0x28);
            var (count, naming) = (Short(0x3C), Short(0x3E));
            Expect(Short(0x3A) == SectionHeaderBytes, "Its section headers have an unknown size.");
            Expect(table + ((long)count * SectionHeaderBytes) <= bytes.Length, "It is cut off.");
            var nameTable = Long(table + ((long)naming * SectionHeaderBytes) + 24);
            var sections = new Dictionary<string, Section>();
            for (var i = 0; i < count; i++)
            {
                var header = table + ((long)i * SectionHeaderBytes);
                sections[Text(nameTable + Int(header))] = new(Long(header + 24), Long(header + 32));
            }

            return sections;
        }

        /// <summary>Offset of the needed version, its index, and the name of the version to ask for instead.</summary>
        private (long Place, int Index, uint InsteadName) FindVersions(Section needs, Section names)
        {
            (long Place, int Index)? missing = null;
            uint? instead = null;
            for (long need = needs.Offset, following = 1; following != 0; need += following)
            {
                var at = need + Int(need + 8);
                for (var i = Short(need + 2); i > 0; i--)
                {
                    switch (Text(names.Offset + Int(at + 8)))
                    {
                        case Missing:
                            Expect(missing is null && Int(at) == Hash(Missing), $"It needs {Missing} in an unknown way.");
                            missing = (at, Short(at + 6));
                            break;
                        case Instead:
                            instead = Int(at + 8);
                            break;
                    }

                    at += Int(at + 12);
                }

                following = Int(need + 12);
            }

            Expect(missing is not null, $"It does not need {Missing}.");
            Expect(instead is not null, $"It does not need {Instead}, which would take the place of {Missing}.");
            return (missing!.Value.Place, missing.Value.Index, instead!.Value);
        }

        /// <summary>Offset of the name of the only symbol of that version in the table of names.</summary>
        private uint FindSymbol(Section symbols, Section versions, int index)
        {
            var users = new List<long>();
            for (long i = 0; i < symbols.Bytes / SymbolBytes; i++)
            {
                if ((Short(versions.Offset + (2 * i)) & 0x7FFF) == index)
                {
                    users.Add(symbols.Offset + (i * SymbolBytes));
                }
            }

            Expect(users.Count == 1, $"It needs {users.Count} symbols of {Missing}, not one.");
            Expect(Short(users[0] + 6) == 0, $"It defines the symbol of {Missing} itself.");
            return Int(users[0]);
        }

        /// <summary>Linkers let names share their ends: a name inside the changed bytes would change with them.</summary>
        private void ExpectUnshared(Dictionary<string, Section> sections, uint name, int length)
        {
            var (symbols, dynamic, needs) = (Named(sections, ".dynsym"), Named(sections, ".dynamic"), Named(sections, ".gnu.version_r"));
            var uses = new List<long>();
            for (var at = symbols.Offset; at < symbols.Offset + symbols.Bytes; at += SymbolBytes)
            {
                uses.Add(Int(at));
            }
            // DT_NEEDED, DT_SONAME, DT_RPATH and DT_RUNPATH hold places in the table of names.
            for (var at = dynamic.Offset; at < dynamic.Offset + dynamic.Bytes; at += DynamicBytes)
            {
                if (Long(at) is 1 or 14 or 15 or 29)
                {
                    uses.Add(Long(at + 8));
                }
            }

            for (long need = needs.Offset, following = 1; following != 0; need += following)
            {
                uses.Add(Int(need + 4));
                var at = need + Int(need + 8);
                for (var i = Short(need + 2); i > 0; i--)
                {
                    uses.Add(Int(at + 8));
                    at += Int(at + 12);
                }

                following = Int(need + 12);
            }

            Expect(uses.Count(use => use >= name && use < name + length) == 1, $"Other names share the bytes of {Symbol}.");
        }

        private static Section Named(Dictionary<string, Section> sections, string name) =>
            sections.TryGetValue(name, out var section) ? section : throw new InvalidDataException($"It has no section {name}.");

        private string Text(long at)
        {
            var rest = bytes.AsSpan(checked((int)at));
            return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
        }

        private ushort Short(long at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(checked((int)at)));

        private uint Int(long at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(checked((int)at)));

        private long Long(long at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(checked((int)at)));

        /// <summary>The System V gABI's hash of a name.</summary>
        private static uint Hash(string name)
        {
            uint hash = 0;
            foreach (var letter in name)
            {
                hash = (hash << 4) + letter;
                var high = hash & 0xF0000000;
                hash = (hash ^ (high >> 24)) & ~high;
            }

            return hash;
        }

        private static void Expect(bool condition, string otherwise)
        {
            if (!condition)
            {
                throw new InvalidDataException(otherwise);
            }
        }
    }
}

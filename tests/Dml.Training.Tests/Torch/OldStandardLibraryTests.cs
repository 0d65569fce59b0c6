using System.Runtime.InteropServices;
using System.Text;
using Dml.Training.Torch;
using TorchSharp;

namespace Dml.Training.Tests.Torch;

/// <summary>The genuine library of TorchSharp's package, rewritten and damaged.</summary>
public sealed class OldStandardLibraryTests : IDisposable
{
    private const string Missing = "GLIBCXX_3.4.32";
    private const string Instead = "GLIBCXX_3.4.20";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string Harmless = "_ZSt13get_terminatev";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_one_symbol_and_one_version_change()
    {
        var before = Genuine();
        var after = OldStandardLibrary.Rewrite(before.Bytes);
        var (name, version) = (before.NamePlace(Symbol), before.VersionPlace(Missing));
        var expected = before.Bytes.ToArray();
        Encoding.ASCII.GetBytes(Harmless + '\0').CopyTo(expected, name);
        var image = new ElfLibrary(expected);
        image.SetInt(version, 0x0297F870);
        image.SetInt(version + 8, (uint)(before.NamePlace(Instead) - before.Section(".dynstr").Offset));
        Assert.Equal(expected, after);
        Assert.NotEqual(before.Bytes, after);
        // The rest of the longer name stays behind the end of the shorter one.
        Assert.Equal(Harmless, new ElfLibrary(after).Text(name));
        Assert.Equal(before.Short(version + 6), new ElfLibrary(after).Short(version + 6));
    }

    [Fact]
    public void The_given_bytes_are_left_alone()
    {
        var library = Genuine().Bytes;
        var copy = library.ToArray();
        OldStandardLibrary.Rewrite(library);
        Assert.Equal(copy, library);
    }

    [Fact]
    public void A_second_rewrite_is_refused() =>
        Assert.Equal($"It does not need {Missing}.", Refusal(new(OldStandardLibrary.Rewrite(Genuine().Bytes))));

    [Fact]
    public void A_library_that_is_cut_off_anywhere_is_refused()
    {
        var library = Genuine();
        var borders = library.Sections.SelectMany(section => new[] { section.Offset, section.Offset + section.Length })
            .Concat([0, 1, 4, 6, 16, 63, 64, library.Bytes.Length - 1, (int)library.Long(0x28), (int)library.Long(0x28) + 64])
            .Where(border => border < library.Bytes.Length)
            .SelectMany(border => new[] { border - 1, border, border + 1 })
            .Where(border => border >= 0 && border < library.Bytes.Length)
            .Distinct()
            .ToList();
        Assert.True(borders.Count > 100, $"{borders.Count} borders");
        Assert.All(borders, border => Assert.EndsWith(".", Refusal(new(library.Bytes[..border])), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Another_file_format_is_refused(int place)
    {
        var refusal = Refusal(Changed(library => library.Bytes[place] ^= 1));
        Assert.Equal("It is not a 64-bit little-endian ELF library.", refusal);
    }

    [Fact]
    public void Another_size_of_section_headers_is_refused() =>
        Assert.Contains("section headers", Refusal(Changed(library => library.SetShort(0x3A, 40))), StringComparison.Ordinal);

    [Theory]
    [InlineData(".dynstr")]
    [InlineData(".dynsym")]
    [InlineData(".dynamic")]
    [InlineData(".gnu.version")]
    [InlineData(".gnu.version_r")]
    public void A_library_without_a_section_is_refused(string section)
    {
        var library = Changed(library =>
        {
            // With both zeros: .gnu.version is the beginning of .gnu.version_r.
            var name = Encoding.ASCII.GetBytes($"\0{section}\0");
            var start = library.Section(".shstrtab").Offset;
            library.Bytes[start + library.Bytes.AsSpan(start).IndexOf(name) + 2] ^= 1;
        });
        Assert.Equal($"It has no section {section}.", Refusal(library));
    }

    [Theory]
    [InlineData("_ZSt21ios_base_library_inits")]
    [InlineData("_ZSt21iox_base_library_initv")]
    public void Another_symbol_of_that_version_is_refused(string name)
    {
        var refusal = Refusal(Changed(library => Encoding.ASCII.GetBytes(name).CopyTo(library.Bytes, library.NamePlace(Symbol))));
        Assert.Equal($"What it needs of {Missing} is {name}, not {Symbol}.", refusal);
    }

    [Fact]
    public void A_second_symbol_of_that_version_is_refused()
    {
        var refusal = Refusal(Changed(library =>
        {
            var (symbols, versions) = (library.Section(".dynsym").Offset, library.Section(".gnu.version").Offset);
            var index = (library.SymbolPlace(Symbol) - symbols) / ElfLibrary.SymbolBytes;
            library.SetShort(versions + (2 * (index - 1)), library.Short(versions + (2 * index)));
        }));
        Assert.Equal($"It needs 2 symbols of {Missing}, not one.", refusal);
    }

    [Fact]
    public void A_library_that_defines_the_symbol_is_refused()
    {
        var refusal = Refusal(Changed(library => library.SetShort(library.SymbolPlace(Symbol) + 6, 12)));
        Assert.Equal($"It defines the symbol of {Missing} itself.", refusal);
    }

    [Fact]
    public void Another_hash_of_the_version_is_refused()
    {
        var refusal = Refusal(Changed(library => library.SetInt(library.VersionPlace(Missing), 7)));
        Assert.Equal($"It needs {Missing} in an unknown way.", refusal);
    }

    [Fact]
    public void A_library_without_the_version_to_take_instead_is_refused()
    {
        var refusal = Refusal(Changed(library => library.Bytes[library.NamePlace(Instead) + Instead.Length - 1] = (byte)'1'));
        Assert.StartsWith($"It does not need {Instead}", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(28)]
    public void A_symbol_that_shares_the_end_of_the_name_is_refused(int letters)
    {
        var refusal = Refusal(Changed(library =>
        {
            var name = (uint)(library.NamePlace(Symbol) - library.Section(".dynstr").Offset);
            library.SetInt(library.SymbolPlace("THSTorch_manual_seed"), name + (uint)letters);
        }));
        Assert.Equal($"Other names share the bytes of {Symbol}.", refusal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(14)]
    public void A_library_name_that_shares_the_end_of_the_name_is_refused(int tag)
    {
        var refusal = Refusal(Changed(library =>
        {
            var (start, length) = library.Section(".dynamic");
            var entry = Enumerable.Range(0, length / 16).Select(i => start + (i * 16)).First(at => library.Long(at) == tag);
            library.SetLong(entry + 8, library.NamePlace(Symbol) + 5 - library.Section(".dynstr").Offset);
        }));
        Assert.Equal($"Other names share the bytes of {Symbol}.", refusal);
    }

    [Fact]
    public void The_name_of_a_needed_file_that_shares_the_end_is_refused()
    {
        var refusal = Refusal(Changed(library =>
        {
            var name = (uint)(library.NamePlace(Symbol) - library.Section(".dynstr").Offset);
            library.SetInt(library.Section(".gnu.version_r").Offset + 4, name + 9);
        }));
        Assert.Equal($"Other names share the bytes of {Symbol}.", refusal);
    }

    [Fact]
    public void A_rewritten_copy_loads_where_the_library_does_not()
    {
        NativeFiles.RequireLinuxX64();
        // The bridge finds libtorch loaded.
        using var one = torch.ones(1);
        string? refusal = null;
        try
        {
            NativeLibrary.Load(NativeFiles.Bridge);
        }
        catch (DllNotFoundException exception)
        {
            refusal = exception.Message;
        }

        if (refusal is null)
        {
            Assert.Skip($"The standard library of this system has {Missing}.");
        }

        Assert.Contains(Missing, refusal, StringComparison.Ordinal);
        var before = LeftFolders();
        var library = OldStandardLibrary.Load(NativeFiles.Bridge);
        Assert.True(NativeLibrary.TryGetExport(library, "THSTorch_manual_seed", out _));
        Assert.Subset(before, LeftFolders());
    }

    [Fact]
    public void A_library_that_is_not_known_is_refused_with_a_sentence_and_leaves_nothing_behind()
    {
        var file = _folder.File("libLibTorchSharp.so");
        File.WriteAllText(file, "not a library");
        var before = LeftFolders();
        var refusal = Assert.Throws<DllNotFoundException>(() => OldStandardLibrary.Load(file)).Message;
        Assert.StartsWith($"{file} needs {Missing} of libstdc++", refusal, StringComparison.Ordinal);
        Assert.EndsWith("Train on a newer system, such as Debian 13 or Ubuntu 24.04.", refusal, StringComparison.Ordinal);
        Assert.Subset(before, LeftFolders());
    }

    private static HashSet<string> LeftFolders() => [.. Directory.GetDirectories(Path.GetTempPath(), "dml-torchsharp-*")];

    private static ElfLibrary Genuine()
    {
        NativeFiles.RequireLinuxX64();
        return new(File.ReadAllBytes(NativeFiles.Bridge));
    }

    private static ElfLibrary Changed(Action<ElfLibrary> change)
    {
        var library = Genuine();
        change(library);
        return library;
    }

    private static string Refusal(ElfLibrary library) =>
        Assert.Throws<InvalidDataException>(() => OldStandardLibrary.Rewrite(library.Bytes)).Message;
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace Dml.Files.Tests;

public unsafe class MemoryTests
{
    private static bool IsGlibc =>
        OperatingSystem.IsLinux() && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);

    [Fact]
    public void Large_buffers_stay_mapped_for_a_service_alone()
    {
        Assert.SkipUnless(IsGlibc, "tunes glibc");
        Assert.Equal("False", Child.Run("default-allocator"));
        Assert.Equal("True", Child.Run("return-freed-memory"));
        Assert.Equal("False", Child.Run("keep-freed-memory"));
    }

    [Fact]
    public void Small_blocks_stay_with_a_service_until_they_are_trimmed()
    {
        Assert.SkipUnless(IsGlibc, "tunes glibc");
        Assert.Equal("False", Child.Run("default-small-blocks"));
        Assert.Equal("True", Child.Run("small-blocks-of-a-service"));
        Assert.Equal("False", Child.Run("trimmed-small-blocks"));
    }

    [Fact]
    public void Huge_pages_are_requested_for_the_array_and_change_nothing_in_it()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm/transparent_hugepage"), "this system has no transparent huge pages");
        var array = GC.AllocateUninitializedArray<int>(4 << 20, pinned: true);
        for (var i = 0; i < array.Length; i += 1000)
        {
            array[i] = i;
        }

        HugePages.Request(array);
        HugePages.Request(GC.AllocateArray<byte>(10, pinned: true));
        Assert.Contains(" hg ", FlagsOf((ulong)Marshal.UnsafeAddrOfPinnedArrayElement(array, array.Length / 2)), StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, array.Length / 1000), i => Assert.Equal(i * 1000, array[i * 1000]));
    }

    // The flags of the mapping that an address is in.
    private static string FlagsOf(ulong address)
    {
        var inside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2 && ulong.TryParse(range[0], NumberStyles.HexNumber, null, out var first))
            {
                inside = first <= address && address < ulong.Parse(range[1], NumberStyles.HexNumber);
            }
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                return line + " ";
            }
        }

        return "";
    }
}

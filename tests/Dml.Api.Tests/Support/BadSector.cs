namespace Dml.Api.Tests.Support;

/// <summary>A file that can be opened and not read, as on a part of the disk that has failed.</summary>
internal static class BadSector
{
    /// <summary>Puts it in place of a file.</summary>
    public static void Put(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a file that always fails to be read.");
        File.Delete(path);
        // Nothing is mapped at the address 0 of a process, so the kernel answers EIO.
        File.CreateSymbolicLink(path, "/proc/self/mem");
    }
}

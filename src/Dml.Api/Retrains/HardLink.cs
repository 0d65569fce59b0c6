using System.Runtime.InteropServices;

namespace Dml.Api.Retrains;

/// <summary>A second name for a picture's file: the picture stays while either name does, and costs nothing.</summary>
internal static partial class HardLink
{
    /// <summary>Links, or copies where the file system cannot; false when the file is not there any more.</summary>
    public static bool TryMake(string existing, string name)
    {
        if (OperatingSystem.IsLinux() && Link(existing, name) == 0)
        {
            return true;
        }
        try
        {
            File.Copy(existing, name);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}

namespace Dml.Files;

/// <summary>A second name for a file. The content stays as long as either name exists and takes no additional space.</summary>
public static class HardLink
{
    /// <summary>
    /// Links <paramref name="name"/> to the file <paramref name="existing"/>. On Windows, and where the file system has no links, the
    /// file is copied instead; a copy that fails leaves nothing behind.
    /// </summary>
    /// <returns>False if <paramref name="existing"/> does not exist.</returns>
    /// <exception cref="IOException">The file can be neither linked nor copied, or <paramref name="name"/> exists.</exception>
    public static bool TryMake(string existing, string name) =>
        (!OperatingSystem.IsWindows() && Libc.Link(existing, name) == 0) || TryCopy(existing, name);

    internal static bool TryCopy(string existing, string name)
    {
        var temporary = TemporaryFiles.NameFor(name);
        try
        {
            File.Copy(existing, temporary);
            File.Move(temporary, name);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

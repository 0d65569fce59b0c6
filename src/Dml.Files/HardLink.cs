namespace Dml.Files;

/// <summary>A second name for a file: the content stays while either name does, and costs nothing.</summary>
public static class HardLink
{
    /// <summary>Links <paramref name="name"/> to <paramref name="existing"/>, or copies the file where the system or the file system has no links.</summary>
    /// <returns>False when <paramref name="existing"/> is no longer there.</returns>
    /// <exception cref="IOException">The file can be neither linked nor copied.</exception>
    public static bool TryMake(string existing, string name)
    {
        if (!OperatingSystem.IsWindows() && Libc.Link(existing, name) == 0)
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
}

namespace Dml.Files;

/// <summary>Creates folders that only their owner may enter.</summary>
public static class PrivateFolder
{
    /// <summary>
    /// Creates a folder with its parents, durably. On Windows it inherits the permissions of its parent; one that exists already keeps its
    /// own.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public static void Create(string path) =>
        DurableFolder.Create(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}

namespace Dml.Files;

/// <summary>Reads files that are small unless somebody has put another one in their place.</summary>
public static class SmallFile
{
    /// <summary>A bound that files of settings and of a program's own state are far below, in bytes.</summary>
    public const int UsualBytes = 4 << 20;

    private const int FirstBytes = 4096;

    /// <summary>Reads a whole file. What its length is said to be does not matter: a device may have none and never end.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mostBytes">The largest one that is read.</param>
    /// <exception cref="IOException">It is larger, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] ReadBytes(string path, int mostBytes = UsualBytes)
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[Math.Clamp(file.Length + 1, FirstBytes, mostBytes + 1L)];
        var length = 0;
        while (file.Read(buffer, length, buffer.Length - length) is var read and > 0)
        {
            length += read;
            if (length > mostBytes)
            {
                throw new IOException(
                    $"{path} has more than {mostBytes} bytes; a file of its kind has fewer. Put the right one in its place.");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * length, mostBytes + 1L));
            }
        }

        return buffer[..length];
    }

    /// <summary>Reads a whole file of text in UTF-8, with or without a byte order mark.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static string ReadText(string path, int mostBytes = UsualBytes)
    {
        using var text = new StreamReader(new MemoryStream(ReadBytes(path, mostBytes)));
        return text.ReadToEnd();
    }
}

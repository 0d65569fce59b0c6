using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dml.Files;

/// <summary>Opens files that others chose: only regular ones, and without ever waiting for one.</summary>
/// <remarks>
/// .NET does not tell a named pipe or a device from a file, and opening a named pipe waits until a program writes to it. The C library
/// tells, and opens without waiting.
/// </remarks>
public static unsafe class RegularFile
{
    private const int StatusBytes = 256;
    private const int KindMask = 0xF000;
    private const int Regular = 0x8000;

    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint KindOnly = 1;
    private const int StatxMode = 28;
    private const int LstatMode = 4;

    private const int NotFound = 2;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;

    /// <summary>Opens a file for reading. A symbolic link is not followed.</summary>
    /// <exception cref="NotRegularFileException">It is a link, a folder, a named pipe, a socket or a device.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream OpenRead(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenRead(path);
        }

        if (KindOf(path) is { } kind && kind != Regular)
        {
            throw new NotRegularFileException(NameOf(kind));
        }

        // Without waiting all the same: what has this name may have been exchanged in the meantime.
        var descriptor = Libc.Open(path, OperatingSystem.IsMacOS() ? 0x4 | 0x1000000 : 0x800 | 0x80000);
        return descriptor < 0
            ? throw Failure(path, Marshal.GetLastPInvokeError())
            : new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read);
    }

    /// <summary>The same for a file that symbolic links may lead to.</summary>
    /// <exception cref="IOException">It is not there, not a regular file, or cannot be opened; the message has its path.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static FileStream OpenFollowingLinks(string path)
    {
        try
        {
            return OpenRead(new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path);
        }
        catch (NotRegularFileException exception)
        {
            throw new IOException($"{path} cannot be read. {exception.Message}", exception);
        }
    }

    /// <summary>Reads a file that symbolic links may lead to.</summary>
    /// <exception cref="IOException">As for <see cref="OpenFollowingLinks"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = OpenFollowingLinks(path);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    // Null where the C library cannot tell.
    private static int? KindOf(string path)
    {
        var status = stackalloc byte[StatusBytes];
        try
        {
            var result = OperatingSystem.IsMacOS()
                ? Libc.Lstat(path, status)
                : Libc.Statx(CurrentFolder, path, DoNotFollow, KindOnly, status);
            return result == 0
                ? *(ushort*)(status + (OperatingSystem.IsMacOS() ? LstatMode : StatxMode)) & KindMask
                : throw Failure(path, Marshal.GetLastPInvokeError());
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static string NameOf(int kind) => kind switch
    {
        0x1000 => "a named pipe",
        0x2000 or 0x6000 => "a device",
        0x4000 => "a folder",
        0xA000 => "a symbolic link",
        0xC000 => "a socket",
        _ => "not a regular file",
    };

    private static Exception Failure(string path, int error) => error switch
    {
        NotFound => new FileNotFoundException($"There is no file {path}.", path),
        NotPermitted or AccessDenied => new UnauthorizedAccessException($"This process may not read {path}."),
        _ => new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.", error),
    };
}

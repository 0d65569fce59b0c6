using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>Every call that Dml makes to the C library directly. Callers check the operating system first.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Close(int handle);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Fsync(int handle);

    /// <summary>Linux only.</summary>
    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Syncfs(int handle);

    [LibraryImport(Library, EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Link(string existing, string name);

    [LibraryImport(Library, EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetPriority(int which, uint who, int priority);

    [LibraryImport(Library, EntryPoint = "setpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetProcessGroup(int process, int group);

    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>Linux only. The layout of what it writes is the same on every processor, unlike that of <c>stat</c>.</summary>
    /// <exception cref="EntryPointNotFoundException">The C library is older than the call.</exception>
    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Statx(int folder, string path, int flags, uint mask, byte* status);

    /// <summary>macOS only.</summary>
    [LibraryImport(Library, EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Lstat(string path, byte* status);

    /// <summary>Linux only.</summary>
    [LibraryImport(Library, EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Advise(void* start, nuint length, int advice);

    /// <summary>glibc only.</summary>
    /// <exception cref="EntryPointNotFoundException">The C library is another one, such as musl.</exception>
    [LibraryImport(Library, EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetAllocatorOption(int parameter, int value);

    /// <summary>glibc only.</summary>
    /// <exception cref="EntryPointNotFoundException">The C library is another one, such as musl.</exception>
    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int TrimAllocator(nuint kept);

    /// <summary>Linux and macOS, 64 bits.</summary>
    [LibraryImport(Library, EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetLimit(int resource, ulong* softAndHard);

    /// <summary>Linux only.</summary>
    [LibraryImport(Library, EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);

    /// <summary>Linux only: a call that the C library has no function for.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint SystemCall(nint number, nuint first, nuint second, void* third);
}

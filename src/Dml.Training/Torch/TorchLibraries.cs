using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dml.Files;
using TorchSharp;

namespace Dml.Training.Torch;

/// <summary>
/// Finds the native libraries of libtorch and TorchSharp: beside the program when it is published, in the package cache while one develops
/// (500 MB that no output folder has to hold). Loads TorchSharp's library on systems whose C++ library is older than the one that it was
/// linked with.
/// </summary>
internal static class TorchLibraries
{
    private const string Bridge = "LibTorchSharp";

    // In the order in which they need each other.
    private static readonly string[] Libraries = ["c10", "torch_cpu", "torch"];

    private static bool _loaded;
    private static DllNotFoundException? _failure;

    /// <summary>Loads the libraries as soon as TorchSharp is used; a call such as <c>dml --help</c> never does so.</summary>
    [ModuleInitializer]
    internal static void Register()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadFor(loaded.LoadedAssembly);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            LoadFor(assembly);
        }
    }

    /// <summary>Says plainly what is missing, before TorchSharp does so at length.</summary>
    /// <exception cref="DllNotFoundException">A library is missing or does not load; the message says which and what to do.</exception>
    internal static void Check()
    {
        RuntimeHelpers.RunModuleConstructor(typeof(torch).Module.ModuleHandle);
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    /// <summary>
    /// Loads by full path, before TorchSharp looks for its libraries by name: on a system with a libtorch of its own it would find that
    /// one, of another version.
    /// </summary>
    private static void LoadFor(Assembly assembly)
    {
        if (assembly.GetName().Name != "TorchSharp" || Interlocked.Exchange(ref _loaded, true))
        {
            return;
        }

        // Waiting threads of libgomp must not spin: on a busy machine that is slower than one thread alone. It reads this when it is
        // loaded.
        NativeEnvironment.Set("OMP_WAIT_POLICY", "PASSIVE", overwrite: false);
        try
        {
            // In the order of need: the loader then takes these for the bridge's own references, which name no folder.
            foreach (var library in Libraries)
            {
                NativeLibrary.Load(Find(library));
            }

            var bridge = LoadBridge(Find(Bridge));
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => name == Bridge ? bridge : 0);
        }
        catch (DllNotFoundException exception)
        {
            // An unhandled exception in an event handler would end the program; Check throws it instead.
            _failure = exception;
        }
    }

    private static nint LoadBridge(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException exception)
            when (OperatingSystem.IsLinux() && exception.Message.Contains(OldStandardLibrary.Missing, StringComparison.Ordinal))
        {
            return OldStandardLibrary.Load(file);
        }
    }

    /// <summary>The file of a library in the first folder that has it.</summary>
    /// <exception cref="DllNotFoundException">No folder has it.</exception>
    internal static string Find(string library) => Find(library, Folders());

    /// <inheritdoc cref="Find(string)"/>
    internal static string Find(string library, IEnumerable<string> folders)
    {
        var name = FileName(library);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? throw new DllNotFoundException(
            $"{name} is neither beside this program nor in the package cache. Training runs on linux-x64, osx-arm64 and win-x64 (this is "
            + $"{RuntimeInformation.RuntimeIdentifier}): build or publish Dml.Training for one of them, such as dotnet publish "
            + "src/Dml.Training -r linux-x64.");
    }

    private static IEnumerable<string> Folders()
    {
        yield return AppContext.BaseDirectory;
        // Where a build that is not published keeps what its packages copy.
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        var recorded = typeof(TorchLibraries).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(line => line.Key == "TorchLibraries")?.Value;
        foreach (var folder in recorded?.Split(';') ?? [])
        {
            yield return folder;
        }
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib"
        : $"lib{library}.so";
}

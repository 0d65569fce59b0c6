using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Finds and loads the shim, and with it libtorch, at the first call.</summary>
internal static unsafe partial class LibTorch
{
    private const int AbiVersion = 2;
    private const string HowToInstall =
        "Install libtorch and a compiler and build again: apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp g++ (or set LIBTORCH to the folder of another libtorch).";

    internal static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == Native.Library ? Load(Path.Combine(AppContext.BaseDirectory, "libdml_torch.so")) : 0;

    /// <exception cref="DllNotFoundException">The shim or libtorch is missing; the message says what to install.</exception>
    internal static nint Load(string file)
    {
        if (!File.Exists(file))
            throw new DllNotFoundException($"{file} is missing: this program was built on a machine without libtorch. {HowToInstall}");
        // Waiting threads of libgomp must not spin: on a busy machine that is slower than one thread alone.
        // libgomp reads the variable when it is loaded, by getenv, which .NET's own setter does not reach.
        _ = setenv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        nint library;
        try
        {
            library = NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException($"{file} does not load, libtorch is probably not installed any more. {HowToInstall} The loader says: {e.Message}", e);
        }
        int version = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "dml_abi_version"))();
        if (version != AbiVersion)
            throw new DllNotFoundException($"{file} is version {version} of the shim, this program needs version {AbiVersion}: build again.");
        return library;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}

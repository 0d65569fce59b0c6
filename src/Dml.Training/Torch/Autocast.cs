using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Dml.Training.Torch;

/// <summary>
/// Runs convolutions and matrix products in a narrow type while it is open, on the calling thread only: PyTorch's <c>torch.autocast</c>.
/// TorchSharp 0.107 does not wrap it, so these are libtorch's own functions by their C++ names; all take plain numbers. Close it before
/// the loss and before <c>backward</c>.
/// </summary>
/// <remarks>
/// The names are those of GCC and Clang. Another compiler, or a libtorch that renames them, leaves <see cref="IsAvailable"/> false.
/// </remarks>
internal sealed partial class Autocast : IDisposable
{
    private const string Library = "torch_cpu";
    private const string SetEnabledName = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb";
    private const string IsEnabledName = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE";
    private const string SetTypeName = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE";
    private const string GetTypeName = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE";
    private const string EnterName = "_ZN2at8autocast17increment_nestingEv";
    private const string LeaveName = "_ZN2at8autocast17decrement_nestingEv";
    private const string ClearCacheName = "_ZN2at8autocast11clear_cacheEv";

    private static readonly Lazy<bool> Available = new(HasAllExports);

    private readonly sbyte _device;
    private readonly bool _wasEnabled;
    private readonly sbyte _previousType;
    private bool _disposed;

    /// <param name="device">The CPU, or CUDA.</param>
    /// <param name="type">The narrow type: BFloat16; on CUDA also Float16.</param>
    internal Autocast(DeviceType device, torch.ScalarType type)
    {
        _device = (sbyte)device;
        _wasEnabled = IsEnabled(_device);
        _previousType = GetScalarType(_device);
        SetScalarType(_device, (sbyte)type);
        SetEnabled(_device, true);
        _ = Enter();
    }

    /// <summary>Whether the loaded libtorch exports all that this class calls.</summary>
    internal static bool IsAvailable => Available.Value;

    /// <summary>Restores what was set before.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        SetEnabled(_device, _wasEnabled);
        SetScalarType(_device, _previousType);
        // The cache holds narrow copies of the weights; the next step's weights differ.
        if (Leave() == 0)
        {
            ClearCache();
        }
    }

    private static bool HasAllExports()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        return NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), null, out var handle)
            && new[] { SetEnabledName, IsEnabledName, SetTypeName, GetTypeName, EnterName, LeaveName, ClearCacheName }
                .All(name => NativeLibrary.TryGetExport(handle, name, out _));
    }

    [LibraryImport(Library, EntryPoint = SetEnabledName)]
    private static partial void SetEnabled(sbyte device, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = IsEnabledName)]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool IsEnabled(sbyte device);

    [LibraryImport(Library, EntryPoint = SetTypeName)]
    private static partial void SetScalarType(sbyte device, sbyte type);

    [LibraryImport(Library, EntryPoint = GetTypeName)]
    private static partial sbyte GetScalarType(sbyte device);

    [LibraryImport(Library, EntryPoint = EnterName)]
    private static partial int Enter();

    [LibraryImport(Library, EntryPoint = LeaveName)]
    private static partial int Leave();

    [LibraryImport(Library, EntryPoint = ClearCacheName)]
    private static partial void ClearCache();
}

using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Torch;

/// <summary>
/// Checks that libtorch's convolutions are right on this processor. oneDNN generates them for each processor, and on some its result is
/// plainly wrong: libtorch 2.10 gives other numbers for 24 channels and a 5x5 kernel on an AMD EPYC with AVX-512 in a virtual machine.
/// Then libtorch's own convolutions are used, which are slower.
/// </summary>
internal static partial class ConvolutionKernels
{
    private const string Library = "torch_cpu";
    private const string ContextName = "_ZN2at13globalContextEv";
    private const string OneDnnName = "_ZN2at7Context20setUserEnabledMkldnnEb";
    private const string NnpackName = "_ZN2at7Context20setUserEnabledNNPACKEb";
    private const double Tolerance = 1e-3;

    // Narrow, odd and wide layers of the backbones: each kind takes another kernel of oneDNN.
    private static readonly (int Inputs, int Outputs, int Kernel)[] Shapes =
        [(3, 64, 7), (16, 32, 5), (24, 64, 5), (48, 128, 5), (32, 32, 3), (64, 192, 3), (24, 64, 3), (64, 24, 1), (192, 16, 1)];

    private static readonly int[] Sides = [1, 2, 7];
    private static readonly int[] Batches = [1, 3];

    private static readonly Lazy<bool> Checked = new(Run);

    /// <summary>Whether oneDNN's convolutions are used. The first call checks them.</summary>
    /// <exception cref="PlatformNotSupportedException">They are wrong, and cannot be switched off.</exception>
    internal static bool UsesOneDnn => Checked.Value;

    private static bool Run()
    {
        SwitchOffNnpack();
        if (AreRight())
        {
            return true;
        }

        if (!TrySwitchOff() || !AreRight())
        {
            throw new PlatformNotSupportedException(
                "libtorch computes wrong convolutions on this processor. Set ONEDNN_MAX_CPU_ISA=AVX2, or train on another machine.");
        }

        Console.Error.WriteLine(
            "oneDNN computes wrong convolutions on this processor; libtorch's own are used in their place, which are slower.");
        return false;
    }

    private static bool AreRight()
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        return Shapes.All(shape => Sides.All(side => Batches.All(batch => Difference(shape, side, batch) < Tolerance)));
    }

    // Double precision is computed without oneDNN.
    private static double Difference((int Inputs, int Outputs, int Kernel) shape, int side, int batch)
    {
        var (inputs, outputs, kernel) = shape;
        var pictures = Values(batch, inputs, side, side);
        var weights = Values(outputs, inputs, kernel, kernel) * 0.1;
        long[] padding = [kernel / 2, kernel / 2];
        using var single = F.conv2d(pictures, weights, null, [1, 1], padding, [1, 1]);
        using var exact = F.conv2d(pictures.to(ScalarType.Float64), weights.to(ScalarType.Float64), null, [1, 1], padding, [1, 1]);
        return (single - exact).abs().max().item<double>();
    }

    // Not drawn: the random numbers of a run must not depend on this check.
    private static Tensor Values(params long[] shape) =>
        sin(arange(shape.Aggregate(1L, (product, side) => product * side), ScalarType.Float32) * 1.7).reshape(shape);

    private static bool TrySwitchOff()
    {
        if (!Exports(OneDnnName))
        {
            return false;
        }

        EnableOneDnn(GlobalContext(), enabled: false);
        return true;
    }

    // libtorch tries it for small convolutions; on a processor that it does not know it refuses each with a line on stderr.
    private static void SwitchOffNnpack()
    {
        if (Exports(NnpackName))
        {
            EnableNnpack(GlobalContext(), enabled: false);
        }
    }

    private static bool Exports(string name) =>
        NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), null, out var handle)
        && NativeLibrary.TryGetExport(handle, ContextName, out _)
        && NativeLibrary.TryGetExport(handle, name, out _);

    [LibraryImport(Library, EntryPoint = ContextName)]
    private static partial nint GlobalContext();

    [LibraryImport(Library, EntryPoint = OneDnnName)]
    private static partial void EnableOneDnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = NnpackName)]
    private static partial void EnableNnpack(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}

using TorchSharp.Interop;

namespace Dml.Torch;

/// <summary>Settings of the whole process that TorchSharp has no common name for.</summary>
public static class TorchSettings
{
    /// <summary>The version of the loaded libtorch, such as 1.13.1.</summary>
    public static unsafe string Version => Native.Text(Native.dml_torch_version);

    /// <summary>Whether oneDNN's kernels are used on the CPU.</summary>
    public static bool OneDnn
    {
        get => Get(0);
        set => Set(0, value);
    }

    /// <summary>Whether float32 products on CUDA may use TensorFloat-32, in matrix products and in cuDNN's convolutions.</summary>
    public static bool TensorFloat32
    {
        get => Get(1) && Get(4);
        set
        {
            Set(1, value);
            Set(4, value);
        }
    }

    /// <summary>Whether cuDNN tries its algorithms to find the fastest.</summary>
    public static bool CudnnBenchmark
    {
        get => Get(2);
        set => Set(2, value);
    }

    /// <summary>Whether operators without a deterministic algorithm raise an error.</summary>
    public static bool Deterministic
    {
        get => Get(3);
        set => Set(3, value);
    }

    private static bool Get(int flag) => Native.dml_flag(flag, -1) != 0;

    private static void Set(int flag, bool on) => _ = Native.dml_flag(flag, on ? 1 : 0);
}

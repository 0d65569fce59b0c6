using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>No gradients are recorded on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => Native.dml_grad_mode(-1) != 0;

    /// <summary>As <see cref="no_grad"/>, and the tensors made can never take part in autograd.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.dml_inference_mode() != 0;

    /// <summary>Threads that one operator may use; libtorch 1.13 starts with 1.</summary>
    public static int get_num_threads() => Native.dml_threads(0);

    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(num, 1);
        _ = Native.dml_threads(num);
    }
}

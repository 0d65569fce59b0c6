using System.Runtime.InteropServices;
using System.Text;
using Dml.Torch;

namespace TorchSharp.Interop;

/// <summary>The functions of dml_torch.h.</summary>
internal static unsafe partial class Native
{
    internal const string Library = "dml_torch";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, LibTorch.Resolve);

    public delegate int WriteText(byte* buffer, int capacity);

    [LibraryImport(Library)] public static partial int dml_last_error(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int dml_torch_version(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial long dml_live_tensors();
    [LibraryImport(Library)] public static partial void dml_free(nint memory);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int dml_operator_find(string name, string overload, out nint handle);
    [LibraryImport(Library)] public static partial int dml_operator_schema(nint handle, byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int dml_operator_call(nint handle, Value* arguments, int count, Value* results, int capacity, int* returned);

    [LibraryImport(Library)] public static partial int dml_tensor_new(long* sizes, int dimensions, int dtype, void* data, long bytes, out nint tensor);
    [LibraryImport(Library)] public static partial int dml_tensor_read(nint tensor, void* destination, long bytes);
    [LibraryImport(Library)] public static partial void dml_tensor_free(nint tensor);
    [LibraryImport(Library)] public static partial int dml_tensor_describe(nint tensor, TensorInfo* info);
    [LibraryImport(Library)] public static partial int dml_tensor_shape(nint tensor, long* sizes, long* strides);
    [LibraryImport(Library)] public static partial int dml_tensor_data(nint tensor, out nint data);
    [LibraryImport(Library)] public static partial int dml_tensor_set_requires_grad(nint tensor, int on);
    [LibraryImport(Library)] public static partial int dml_tensor_retain_grad(nint tensor);
    [LibraryImport(Library)] public static partial int dml_tensor_grad(nint tensor, out nint grad);
    [LibraryImport(Library)] public static partial int dml_tensor_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)] public static partial int dml_tensor_set_data(nint tensor, nint source);

    [LibraryImport(Library)] public static partial int dml_backward(nint* tensors, int count, nint* gradients, int retain, int createGraph, nint* inputs, int inputCount);
    [LibraryImport(Library)] public static partial int dml_grad(nint* outputs, int count, nint* gradients, nint* inputs, int inputCount, int retain, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library)] public static partial int dml_grad_mode(int on);
    [LibraryImport(Library)] public static partial nint dml_inference_mode_enter(int on);
    [LibraryImport(Library)] public static partial void dml_inference_mode_leave(nint guard);
    [LibraryImport(Library)] public static partial int dml_inference_mode();
    [LibraryImport(Library)] public static partial int dml_autocast(int deviceType, int on, int dtype, out int wasOn, out int wasDType);

    [LibraryImport(Library)] public static partial int dml_manual_seed(ulong seed);
    [LibraryImport(Library)] public static partial int dml_generator_new(ulong seed, out nint generator);
    [LibraryImport(Library)] public static partial int dml_generator_default(long device, out nint generator);
    [LibraryImport(Library)] public static partial void dml_generator_free(nint generator);
    [LibraryImport(Library)] public static partial int dml_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] public static partial int dml_generator_initial_seed(nint generator, out ulong seed);
    [LibraryImport(Library)] public static partial int dml_generator_get_state(nint generator, out nint state);
    [LibraryImport(Library)] public static partial int dml_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] public static partial int dml_threads(int count);
    [LibraryImport(Library)] public static partial int dml_cuda_device_count();
    [LibraryImport(Library)] public static partial int dml_cuda_synchronize(long deviceIndex);
    [LibraryImport(Library)] public static partial int dml_flag(int which, int on);

    /// <summary>Turns an error code into an exception with libtorch's own message.</summary>
    /// <exception cref="TorchException">The code is not 0.</exception>
    public static void Check(int code)
    {
        if (code != 0) throw new TorchException((TorchErrorKind)code, Text(dml_last_error));
    }

    public static string Text(WriteText write)
    {
        byte[] buffer = new byte[write(null, 0) + 1];
        fixed (byte* start = buffer) write(start, buffer.Length);
        return Encoding.UTF8.GetString(buffer, 0, buffer.Length - 1);
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>start, start + step, ... below stop: int64 when all three are integers, else float32.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        bool integers = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        return Made(Aten.arange_start_step.Call(start, stop, step, dtype ?? (integers ? ScalarType.Int64 : ScalarType.Float32), Argument.None, device), requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>The identity matrix; square when <paramref name="columns"/> is negative.</summary>
    public static Tensor eye(long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Aten.eye_m.Call(rows, columns < 0 ? rows : columns, dtype, Argument.None, device), requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Aten.linspace.Call(start, end, steps, dtype, Argument.None, device), requires_grad);

    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Aten.logspace.Call(start, end, steps, @base, dtype, Argument.None, device), requires_grad);

    /// <summary>Random integers from <paramref name="low"/> up to, without, <paramref name="high"/>: int64 if no type is given.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(generator is null
            ? Aten.randint_low.Call(low, high, size, dtype ?? ScalarType.Int64, Argument.None, device)
            : Aten.randint_low_generator.Call(low, high, size, generator, dtype ?? ScalarType.Int64, Argument.None, device), requires_grad);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>A random order of 0 ... n-1, int64 if no type is given.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(generator is null
            ? Aten.randperm.Call(n, dtype ?? ScalarType.Int64, Argument.None, device)
            : Aten.randperm_generator.Call(n, generator, dtype ?? ScalarType.Int64, Argument.None, device), requires_grad);

    public static Tensor tril_indices(long row, long col, long offset = 0L, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.tril_indices.Call(row, col, offset, dtype, Argument.None, device);

    public static Tensor triu_indices(long row, long col, long offset = 0L, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.triu_indices.Call(row, col, offset, dtype, Argument.None, device);
}

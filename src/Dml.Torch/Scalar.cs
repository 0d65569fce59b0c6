using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number given to an operator: an integer, a floating-point number or a truth value.</summary>
public sealed class Scalar : IDisposable
{
    private readonly ValueTag _tag;
    private readonly long _integer;
    private readonly double _real;

    private Scalar(ValueTag tag, long integer) => (_tag, _integer, _real) = (tag, integer, integer);
    private Scalar(double real) => (_tag, _integer, _real) = (ValueTag.Double, (long)real, real);

    public static implicit operator Scalar(byte value) => new(ValueTag.Int, value);
    public static implicit operator Scalar(sbyte value) => new(ValueTag.Int, value);
    public static implicit operator Scalar(short value) => new(ValueTag.Int, value);
    public static implicit operator Scalar(int value) => new(ValueTag.Int, value);
    public static implicit operator Scalar(long value) => new(ValueTag.Int, value);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(bool value) => new(ValueTag.Bool, value ? 1 : 0);

    public torch.ScalarType Type => _tag switch
    {
        ValueTag.Int => torch.ScalarType.Int64,
        ValueTag.Bool => torch.ScalarType.Bool,
        _ => torch.ScalarType.Float64,
    };

    internal double Real => _real;
    internal long Integer => _integer;

    /// <summary>Nothing to free: a scalar here has no native memory. TorchSharp's has, so code written for both disposes it.</summary>
    public void Dispose()
    {
    }

    internal Argument ToArgument() => _tag switch
    {
        ValueTag.Int => _integer,
        ValueTag.Bool => _integer != 0,
        _ => _real,
    };
}

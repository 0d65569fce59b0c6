using System.Text;

namespace TorchSharp.Interop;

/// <summary>
/// An argument of an operator call. Numbers travel in <see cref="Value"/>; lists, strings and handles stay managed
/// objects in <see cref="Payload"/> until <see cref="Operator"/> copies them to its scratch memory.
/// </summary>
internal readonly struct Argument
{
    public readonly Value Value;
    public readonly object? Payload;

    private Argument(ValueTag tag, object? payload = null, int length = 0)
    {
        Value.Tag = tag;
        Value.Length = length;
        Payload = payload;
    }

    private Argument(ValueTag tag, long value)
    {
        Value.Tag = tag;
        Value.Int = value;
    }

    private Argument(double value)
    {
        Value.Tag = ValueTag.Double;
        Value.Double = value;
    }

    /// <summary>The schema's own default value.</summary>
    public static Argument Default => new(ValueTag.Default);

    public static Argument None => default;

    /// <summary>How many 8-byte words the payload takes in the scratch memory.</summary>
    public int Words => Value.Tag switch
    {
        ValueTag.IntList or ValueTag.DoubleList or ValueTag.TensorList => Value.Length,
        ValueTag.String or ValueTag.BoolList => (Value.Length + 7) / 8,
        _ => 0,
    };

    public static Argument Pair(long first, long second) => new(ValueTag.IntList, new[] { first, second }, 2);

    public static implicit operator Argument(torch.Tensor? tensor) => tensor is null ? default : new(ValueTag.Tensor, tensor.Reference);
    public static implicit operator Argument(torch.Tensor?[] tensors) => new(ValueTag.TensorList, tensors, tensors.Length);
    public static implicit operator Argument(torch.Generator? generator) => generator is null ? default : new(ValueTag.Generator, generator.Reference);
    public static implicit operator Argument(bool value) => new(ValueTag.Bool, value ? 1 : 0);
    public static implicit operator Argument(bool? value) => value is { } known ? known : default(Argument);
    public static implicit operator Argument(int value) => new(ValueTag.Int, value);
    public static implicit operator Argument(long value) => new(ValueTag.Int, value);
    public static implicit operator Argument(long? value) => value is { } known ? known : default(Argument);
    public static implicit operator Argument(double value) => new(value);
    public static implicit operator Argument(double? value) => value is { } known ? known : default(Argument);
    public static implicit operator Argument(Scalar? scalar) => scalar?.ToArgument() ?? default;
    public static implicit operator Argument(torch.ScalarType type) => (long)type;
    public static implicit operator Argument(torch.ScalarType? type) => type is { } known ? known : default(Argument);
    public static implicit operator Argument(torch.Device? device) => device is null ? default : new(ValueTag.Device, device.Packed);
    public static implicit operator Argument(long[]? values) => values is null ? default : new(ValueTag.IntList, values, values.Length);
    public static implicit operator Argument(ReadOnlySpan<long> values) => values.ToArray();
    public static implicit operator Argument(double[]? values) => values is null ? default : new(ValueTag.DoubleList, values, values.Length);
    public static implicit operator Argument((long First, long Second) pair) => Pair(pair.First, pair.Second);

    public static implicit operator Argument(string? text)
    {
        if (text is null) return default;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return new(ValueTag.String, utf8, utf8.Length);
    }
}

using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A convolution of [N, C, H, W] pictures; weight is [out, in / groups, kernel height, kernel width].</summary>
public sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly string? _same;

    internal Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long) stride, (long, long) padding, Padding? padding_type,
        (long, long) dilation, long groups, bool bias, PaddingModes padding_mode, Device? device, ScalarType? dtype) : base(nameof(Conv2d))
    {
        if (in_channels % groups != 0 || out_channels % groups != 0)
            throw new ArgumentException($"{groups} groups do not divide {in_channels} input and {out_channels} output channels.", nameof(groups));
        (this.in_channels, this.out_channels, this.groups, this.padding_mode, this.padding_type) = (in_channels, out_channels, groups, padding_mode, padding_type);
        this.kernel_size = [kernel_size.Item1, kernel_size.Item2];
        this.stride = [stride.Item1, stride.Item2];
        this.padding = [padding.Item1, padding.Item2];
        this.dilation = [dilation.Item1, dilation.Item2];
        _same = padding_type switch { Padding.Same => "same", Padding.Valid => "valid", _ => null };
        if (_same == "same" && padding_mode != PaddingModes.Zeros) throw new NotSupportedException("Padding.Same works with zeros only.");
        weight = FreshParameter.KaimingUniform([out_channels, in_channels / groups, .. this.kernel_size], device, dtype);
        this.bias = bias ? FreshParameter.Bias(out_channels, weight, device, dtype) : null;
        RegisterComponents();
    }

    [field: ComponentName(Name = nameof(weight))]
    public Parameter weight { get; }

    [field: ComponentName(Name = nameof(bias))]
    public Parameter? bias { get; }

    public long in_channels { get; }
    public long out_channels { get; }
    public long[] kernel_size { get; }
    public long[] stride { get; }
    public long[] padding { get; }
    public long[] dilation { get; }
    public long groups { get; }
    public PaddingModes padding_mode { get; }
    public Padding? padding_type { get; }

    public override Tensor forward(Tensor input)
    {
        if (_same is not null) return Interop.Aten.conv2d_padding.Call(input, weight, bias, stride, _same, dilation, groups);
        if (padding_mode == PaddingModes.Zeros) return nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
        using Tensor padded = nn.functional.pad(input, [padding[1], padding[1], padding[0], padding[0]], padding_mode);
        return nn.functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
    }
}

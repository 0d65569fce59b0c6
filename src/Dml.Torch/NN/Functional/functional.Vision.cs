using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Resizes [N, C, H, W] to a size or by a factor: nearest, nearest-exact, bilinear or bicubic, the last two with antialias if wanted.</summary>
            /// <remarks>The bicubic kernel's constant is -0.75 without antialias and -0.5 with it, as in PyTorch.</remarks>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                if (size is null == scale_factor is null) throw new ArgumentException("interpolate needs a size or a scale factor, and not both.");
                if (x.Dimensions != 4) throw new NotSupportedException($"interpolate here works on [N, C, H, W], the input has {x.Dimensions} dimensions.");
                if (scale_factor is not null)
                {
                    scale_factor = scale_factor.Length == 1 ? [scale_factor[0], scale_factor[0]] : scale_factor;
                    if (recompute_scale_factor)
                    {
                        size = [(long)Math.Floor(x.size(2) * scale_factor[0]), (long)Math.Floor(x.size(3) * scale_factor[1])];
                        scale_factor = null;
                    }
                }
                else if (size!.Length == 1)
                {
                    size = [size[0], size[0]];
                }
                bool corners = align_corners ?? false;
                return (mode, antialias) switch
                {
                    (InterpolationMode.Nearest, false) => Aten.upsample_nearest2d_vec.Call(x, size, scale_factor),
                    (InterpolationMode.NearestExact, false) => Aten._upsample_nearest_exact2d_vec.Call(x, size, scale_factor),
                    (InterpolationMode.Bilinear, false) => Aten.upsample_bilinear2d_vec.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bilinear, true) => Aten._upsample_bilinear2d_aa_vec.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, false) => Aten.upsample_bicubic2d_vec.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, true) => Aten._upsample_bicubic2d_aa_vec.Call(x, size, corners, scale_factor),
                    _ => throw new NotSupportedException($"interpolate here has no mode {mode}{(antialias ? " with antialias" : "")}."),
                };
            }
        }
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>x / max(|x|_p, eps) along a dimension.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1L, double eps = 1e-12)
            {
                using Tensor norm = Aten.norm_ScalarOpt_dim.Call(input, p, dim, true);
                using Tensor length = norm.clamp_min(eps);
                return input.div(length);
            }

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                Aten.batch_norm.Call(input, weight, bias, running_mean, running_var, training, momentum, eps, true);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Aten.layer_norm.Call(input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Aten.group_norm.Call(input, num_groups, weight, bias, eps);

            /// <summary>
            /// x / (k + alpha / size * sum of squares over `size` neighbouring channels)^beta: Krizhevsky et al. 2012, section 3.3.
            /// The window reaches size / 2 channels back and (size - 1) / 2 on.
            /// </summary>
            public static Tensor local_response_norm(Tensor input, long size, double alpha = 0.0001, double beta = 0.75, double k = 1.0)
            {
                long[] shape = input.shape;
                if (shape.Length < 3) throw new ArgumentException($"local_response_norm needs [N, C, ...] with at least 3 dimensions, the input has {shape.Length}.", nameof(input));
                using Tensor squares = input.mul(input);
                // One channel axis over everything else flattened, so that an average over a column window is the average over channels.
                using Tensor columns = squares.reshape(shape[0], 1, shape[1], -1);
                using Tensor padded = pad(columns, [0, 0, size / 2, (size - 1) / 2]);
                using Tensor means = avg_pool2d(padded, [size, 1], [1, 1]);
                using Tensor shaped = means.reshape(shape);
                using Tensor scaled = shaped.mul(alpha);
                using Tensor shifted = scaled.add(k);
                using Tensor divisor = shifted.pow(beta);
                return input.div(divisor);
            }
        }
    }
}

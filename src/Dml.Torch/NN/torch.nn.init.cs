namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Starting values, written into a parameter without recording gradients.</summary>
        public static class init
        {
            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0.0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + (param * param))),
                _ => 1,
            };

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);
            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);
            public static Tensor constant_(Tensor tensor, Scalar val) => Filled(() => tensor.fill_(val));
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) => Filled(() => tensor.uniform_(low, high, generator));
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) => Filled(() => tensor.normal_(mean, std, generator));

            /// <summary>Normal numbers cut at <paramref name="a"/> and <paramref name="b"/> (absolute bounds), by the inverse of the distribution function.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0.0, double std = 1.0, double a = -2.0, double b = 2.0, Generator? generator = null) => Filled(() =>
            {
                using Tensor bounds = torch.tensor([(a - mean) / (std * Math.Sqrt(2)), (b - mean) / (std * Math.Sqrt(2))]);
                using Tensor levels = bounds.erf();
                double[] level = levels.data<double>().ToArray();
                tensor.uniform_(level[0], level[1], generator).Dispose();
                tensor.erfinv_().Dispose();
                tensor.mul_(std * Math.Sqrt(2)).Dispose();
                tensor.add_(mean).Dispose();
                return tensor.clamp_(a, b);
            });

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                double bound = Math.Sqrt(3) * KaimingStd(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingStd(tensor, a, mode, nonlinearity));

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                double bound = Math.Sqrt(3) * XavierStd(tensor, gain);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor xavier_normal_(Tensor tensor, double gain = 1.0) => normal_(tensor, 0, XavierStd(tensor, gain));

            /// <summary>Rows (or columns, if fewer) orthonormal, times <paramref name="gain"/>: Saxe et al. 2013, arXiv 1312.6120.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                if (tensor.Dimensions < 2) throw new ArgumentException($"orthogonal_ needs at least 2 dimensions, the tensor has {tensor.Dimensions}.", nameof(tensor));
                using IDisposable noGrad = no_grad();
                using DisposeScope scope = NewDisposeScope();
                long rows = tensor.size(0), columns = tensor.numel() / rows;
                Tensor flat = empty(rows, columns, tensor.dtype, tensor.device).normal_(0, 1);
                (Tensor q, Tensor r) = linalg.qr(rows < columns ? flat.t() : flat);
                // The signs of R's diagonal make the decomposition unique and the result uniformly distributed.
                q = q.mul(r.diagonal().sign());
                return tensor.copy_((rows < columns ? q.t() : q).reshape(tensor.shape)).mul_(gain).MoveToOuterDisposeScope();
            }

            public static Tensor eye_(Tensor tensor) => Filled(() =>
            {
                using Tensor identity = eye(tensor.size(0), tensor.size(1), tensor.dtype, tensor.device);
                return tensor.copy_(identity);
            });

            /// <summary>The inputs that one output sees, and the outputs that one input reaches.</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                long[] shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException($"Fan in and fan out need at least 2 dimensions, the tensor has {shape.Length}.", nameof(tensor));
                long window = shape[2..].TotalSize();
                return (shape[1] * window, shape[0] * window);
            }

            private static Tensor Filled(Func<Tensor> fill)
            {
                using IDisposable noGrad = no_grad();
                return fill();
            }

            private static double KaimingStd(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static double XavierStd(Tensor tensor, double gain)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return gain * Math.Sqrt(2.0 / (fanIn + fanOut));
            }
        }
    }
}

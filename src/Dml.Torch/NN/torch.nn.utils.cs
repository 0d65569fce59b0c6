using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients together so that their common norm is at most <paramref name="max_norm"/>; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2.0)
            {
                using IDisposable noGrad = no_grad();
                using DisposeScope scope = NewDisposeScope();
                Tensor[] grads = [.. tensors.Select(p => p.grad).OfType<Tensor>()];
                if (grads.Length == 0) return 0;
                Device device = grads[0].device;
                double total = linalg.vector_norm(stack(grads.Select(g => linalg.vector_norm(g, norm_type).to(device))), norm_type).ToDouble();
                double scale = max_norm / (total + 1e-6);
                if (scale < 1) foreach (Tensor grad in grads) grad.mul_(scale);
                return total;
            }

            /// <summary>Cuts every gradient at +- <paramref name="clip_value"/>.</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using IDisposable noGrad = no_grad();
                foreach (Parameter parameter in tensors)
                {
                    using Tensor? grad = parameter.grad;
                    grad?.clamp_(-clip_value, clip_value).Dispose();
                }
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using DisposeScope scope = NewDisposeScope();
                return cat(tensors.Select(t => t.reshape(-1)).ToArray()).MoveToOuterDisposeScope();
            }
        }
    }
}

using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The module of <see cref="nn.functional.local_response_norm"/>.</summary>
public sealed class LocalResponseNorm : ParameterLessModule<Tensor, Tensor>
{
    internal LocalResponseNorm(long size, double alpha, double beta, double k) : base(nameof(LocalResponseNorm)) =>
        (this.size, this.alpha, this.beta, this.k) = (size, alpha, beta, k);

    public long size { get; }
    public double alpha { get; }
    public double beta { get; }
    public double k { get; }

    public override Tensor forward(Tensor input) => nn.functional.local_response_norm(input, size, alpha, beta, k);
}

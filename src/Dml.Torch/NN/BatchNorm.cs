using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Batch normalisation, with running statistics for evaluation: Ioffe and Szegedy 2015, arXiv 1502.03167.</summary>
public abstract class BatchNorm : nn.Module<Tensor, Tensor>
{
    private protected BatchNorm(string name, long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype) : base(name)
    {
        (this.num_features, this.eps, this.momentum, this.affine, this.track_running_stats) = (num_features, eps, momentum, affine, track_running_stats);
        if (affine)
        {
            weight = new Parameter(ones(num_features, dtype, device));
            bias = new Parameter(zeros(num_features, dtype, device));
        }
        if (track_running_stats)
        {
            running_mean = zeros(num_features, dtype, device);
            running_var = ones(num_features, dtype, device);
            num_batches_tracked = zeros([], ScalarType.Int64, device);
        }
        RegisterComponents();
    }

    [field: ComponentName(Name = nameof(weight))]
    public Parameter? weight { get; }

    [field: ComponentName(Name = nameof(bias))]
    public Parameter? bias { get; }

    [field: ComponentName(Name = nameof(running_mean))]
    public Tensor? running_mean { get; }

    [field: ComponentName(Name = nameof(running_var))]
    public Tensor? running_var { get; }

    [field: ComponentName(Name = nameof(num_batches_tracked))]
    public Tensor? num_batches_tracked { get; }

    public long num_features { get; }
    public double eps { get; set; }

    /// <summary>The weight of a new batch in the running statistics; null: the plain mean over all batches.</summary>
    public double? momentum { get; set; }

    public bool affine { get; }
    public bool track_running_stats { get; }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        double factor = momentum ?? 0;
        if (training && num_batches_tracked is not null)
        {
            num_batches_tracked.add_(1).Dispose();
            factor = momentum ?? 1.0 / num_batches_tracked.ToInt64();
        }
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training || running_mean is null, factor, eps);
    }

    public void reset_running_stats()
    {
        running_mean?.zero_().Dispose();
        running_var?.fill_(1).Dispose();
        num_batches_tracked?.zero_().Dispose();
    }

    protected abstract void ValidateInputDimensions(Tensor input);
}

using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Torch.Tests;

/// <summary>Every gradient against central differences in float64, over a table of operators and modules.</summary>
public sealed class GradientTests(TorchFixture fixture) : TorchTests(fixture)
{
    private static readonly Dictionary<string, (long[] Shape, Func<Tensor, Tensor> Function)> s_cases = new()
    {
        ["add, sub, mul, div"] = ([3, 4], x => ((x + 2) * (3 - x) / (x + 4)) - (1 / (x + 3))),
        ["pow, sqrt, rsqrt"] = ([6], x => (x + 3).pow(1.7) + (x + 3).sqrt() + (x + 3).rsqrt()),
        ["exp, log, log1p, expm1"] = ([6], x => x.exp() + (x + 3).log() + (x + 3).log1p() + x.expm1()),
        ["sigmoid, tanh, erf, sin, cos"] = ([6], x => x.sigmoid() + x.tanh() + x.erf() + x.sin() + x.cos()),
        ["acosh, asinh, atan"] = ([6], x => (x + 3).acosh() + x.asinh() + x.atan()),
        ["clamp, abs, maximum"] = ([9], x => x.clamp(-.5, .5) + x.abs() + x.maximum(x * 2)),
        ["matmul, bmm, einsum"] = ([2, 3, 3], x => x.bmm(x) + einsum("bij,bkj->bik", x, x) + x[0].matmul(x[1])),
        ["softmax, log_softmax, logsumexp"] = ([3, 4], x => x.softmax(1) + x.log_softmax(0) + x.logsumexp(1, true)),
        ["sum, mean, std, var, norm"] = ([3, 4], x => x.sum(dim: 0) + x.mean([0]) + x.std(0) + x.var(0) + x.norm(0)),
        ["max, min, amax, topk, sort"] = ([3, 5], x => x.max(1, true).values + x.min(1, true).values + x.amax([1], true) + x.topk(2).values.sum(1, keepdim: true) + x.sort(1, true).Values),
        ["cumsum, cumprod"] = ([3, 4], x => x.cumsum(1) + (x + 2).cumprod(0)),
        ["reshape, permute, flip, roll, cat, stack"] = ([2, 3, 2], x => cat([x.permute(2, 0, 1).reshape(2, 6), x.flip(1).flatten(1), x.roll(1, 1).view(2, 6)], 1)[.., 6..] + stack([x, x * 2]).reshape(2, -1)),
        ["index, gather, masked_fill, where"] = ([4, 3], x => x[tensor([2L, 0, 2])] + x.gather(0, tensor([0L, 1, 2, 3, 1, 0, 2, 2, 1], 3, 3)) + x[..3].masked_fill(eye(3).@bool(), 5) + where(x[..3].gt(0), x[..3], x[..3] * 3)),
        ["scatter_add, index_add"] = ([3, 4], x => zeros(3, 4, ScalarType.Float64).scatter_add(1, tensor([0L, 1, 1, 3, 2, 2, 0, 1, 3, 3, 3, 0], 3, 4), x) + zeros(3, 4, ScalarType.Float64).index_add(0, tensor([2L, 2, 0]), x, 2)),
        ["tril, diagonal, expand, repeat"] = ([3, 3], x => x.tril() + x.diagonal().expand(3, 3) + x[0].unsqueeze(0).repeat(3, 1)),
        ["unfold, interpolate"] = ([1, 1, 4, 4], x => F.unfold(x, 2).sum() + F.interpolate(x, [7, 5], mode: InterpolationMode.Bicubic).pow(2) + F.interpolate(x, [7, 5], mode: InterpolationMode.Bicubic, antialias: true)),
        ["cdist"] = ([4, 3], x => cdist(x, x.flip(1) + 1)),
        ["normalize, cosine_similarity"] = ([3, 4], x => F.normalize(x) + F.cosine_similarity(x, x.flip(0) + 1, 1).unsqueeze(1)),
        ["local_response_norm"] = ([1, 5, 2, 2], x => F.local_response_norm(x, 3, .5)),
        ["softplus, gelu, silu, leaky_relu"] = ([9], x => F.softplus(x, 3) + F.gelu(x) + F.silu(x) + F.leaky_relu(x)),
        ["cross_entropy, label smoothing"] = ([4, 3], x => F.cross_entropy(x * 3, tensor([0L, 2, 1, 2]), label_smoothing: .1)),
        ["huber, smooth_l1, mse, kl_div"] = ([2, 3], x => F.huber_loss(x * 3, zeros_like(x)) + F.smooth_l1_loss(x * 3, zeros_like(x)) + F.mse_loss(x, ones_like(x)) + F.kl_div(x.log_softmax(1), zeros_like(x).softmax(1), false)),
        ["attention"] = ([1, 2, 4, 3], x => F.scaled_dot_product_attention(x, x * 2, x + 1)),
        ["attention, composed and causal"] = ([1, 2, 4, 3], x => F.ComposedAttention(x, x * 2, x + 1, null, 0, true)),
        ["svd, qr, inverse, logdet"] = ([3, 3], x => linalg.svdvals(x + (eye(3, dtype: ScalarType.Float64) * 3)).sum() + (x + (eye(3, dtype: ScalarType.Float64) * 4)).inverse() + (x.matmul(x.t()) + eye(3, dtype: ScalarType.Float64)).logdet()),
        ["Conv2d"] = ([1, 2, 5, 4], Seeded(() => nn.Conv2d(2, 3, 3, stride: 2, padding: 1, dtype: ScalarType.Float64))),
        ["Conv2d, reflected border"] = ([1, 2, 5, 4], Seeded(() => nn.Conv2d(2, 3, 3, padding: 1, padding_mode: PaddingModes.Reflect, dtype: ScalarType.Float64))),
        ["Linear"] = ([2, 4], Seeded(() => nn.Linear(4, 3, dtype: ScalarType.Float64))),
        ["BatchNorm2d"] = ([3, 2, 2, 2], Seeded(() => nn.BatchNorm2d(2, dtype: ScalarType.Float64))),
        ["BatchNorm1d"] = ([4, 3], Seeded(() => nn.BatchNorm1d(3, dtype: ScalarType.Float64))),
        ["LeakyReLU, Softmax, LocalResponseNorm"] = ([1, 4, 3], Seeded(() => nn.Sequential(nn.LeakyReLU(.2), nn.Softmax(1), nn.LocalResponseNorm(3, .5)))),
        ["LayerNorm"] = ([3, 4], Seeded(() => nn.LayerNorm(4, dtype: ScalarType.Float64))),
        ["MaxPool2d"] = ([1, 1, 5, 5], Seeded(() => nn.MaxPool2d(2, ceil_mode: true))),
        ["AvgPool2d"] = ([1, 1, 5, 5], Seeded(() => nn.AvgPool2d(3, 2, 1))),
        ["AdaptiveAvgPool2d"] = ([1, 1, 5, 5], Seeded(() => nn.AdaptiveAvgPool2d(2))),
        ["AdaptiveMaxPool2d"] = ([1, 1, 5, 5], Seeded(() => nn.AdaptiveMaxPool2d([2, 3]))),
        ["Sequential"] = ([2, 4], Seeded(() => nn.Sequential(nn.Linear(4, 5, dtype: ScalarType.Float64), nn.GELU(), nn.Dropout(0), nn.Linear(5, 2, dtype: ScalarType.Float64)))),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gradient_is_the_slope(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (long[] shape, Func<Tensor, Tensor> function) = s_cases[name];
        // A weighted sum: with equal weights, operators that keep the sum would all have a gradient of zero or one.
        Tensor Scalarised(Tensor x)
        {
            Tensor y = function(x);
            return (y * Waves.Of(.9, y.shape)).sum() + (y * y).sum();
        }

        // Shifted away from zero, where abs, relu and the like have a kink.
        Tensor input = Waves.Of(.77, shape) + .1;
        Tensor leaf = input.clone().requires_grad_();
        Scalarised(leaf).backward();
        double[] gradient = leaf.grad!.data<double>().ToArray();
        double[] values = input.data<double>().ToArray();
        using IDisposable noGrad = no_grad();
        for (int i = 0; i < values.Length; i++)
        {
            const double Step = 1e-6;
            double slope = (At(values[i] + Step) - At(values[i] - Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[i]) <= 1e-6 * Math.Max(1, Math.Abs(slope)), $"{name}[{i}]: slope {slope}, gradient {gradient[i]}");

            double At(double value)
            {
                using DisposeScope inner = NewDisposeScope();
                double[] moved = [.. values];
                moved[i] = value;
                return Scalarised(tensor(moved, shape)).ToDouble();
            }
        }
    }

    [Fact]
    public void The_gradient_of_a_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor([1.5, -2.0], requires_grad: true);
        Tensor gradient = autograd.grad([x.pow(3).sum()], [x], create_graph: true)[0];
        gradient.sum().backward();
        Assert.Equal([9.0, -12.0], x.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Grad_gives_null_for_what_was_not_used_only_when_allowed()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor used = tensor([1.0], requires_grad: true), unused = tensor([1.0], requires_grad: true);
        Assert.Throws<TorchException>(() => autograd.grad([used * 2], [used, unused]));
        IList<Tensor> gradients = autograd.grad([used * 2], [used, unused], allow_unused: true);
        Assert.Equal(2, gradients[0].ToDouble());
        Assert.True(gradients[1] is null);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor([3.0], requires_grad: true);
        Tensor y = x * x;
        y.backward(retain_graph: true);
        y.backward();
        Assert.Equal(12, x.grad!.ToDouble());
        Assert.Throws<TorchException>(() => y.backward());
        x.grad = null;
        Assert.True(x.grad is null);
        using (no_grad()) Assert.False((x * 2).requires_grad);
        using (inference_mode()) Assert.True(is_inference_mode_enabled());
        Assert.True(is_grad_enabled() && !is_inference_mode_enabled());
    }

    // Parameters drawn from one seed; the module lives as long as the process.
    private static Func<Tensor, Tensor> Seeded(Func<nn.Module<Tensor, Tensor>> make)
    {
        Lazy<nn.Module<Tensor, Tensor>> module = new(() =>
        {
            manual_seed(7).Dispose();
            nn.Module<Tensor, Tensor> made = make();
            foreach (TorchSharp.Modules.Parameter parameter in made.parameters()) parameter.DetachFromDisposeScope();
            foreach (Tensor buffer in made.buffers()) buffer.DetachFromDisposeScope();
            return made;
        });
        return x => module.Value.call(x);
    }
}

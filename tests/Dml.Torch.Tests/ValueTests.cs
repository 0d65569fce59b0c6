using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Torch.Tests;

/// <summary>Results against PyTorch 1.13's, which were computed in Python from the same inputs.</summary>
public sealed class ValueTests(TorchFixture fixture) : TorchTests(fixture)
{
    private static readonly Dictionary<string, (Func<Tensor> Compute, double Sum, double Dot)> s_cases = new()
    {
        ["conv2d"] = (() => F.conv2d(X, Waves.Of(.53, 4, 3, 3, 3), Waves.Of(.9, 4), [2, 1], [1, 0]), 74.842447438203, -2.816374657419),
        ["conv2d, groups and dilation"] = (() => F.conv2d(Waves.Of(.3, 2, 4, 5, 5), Waves.Of(.4, 6, 2, 2, 2), null, [1, 1], [1, 1], [2, 2], 2), -0.222606631143, 21.904158339362),
        ["max_pool2d, ceil"] = (() => F.max_pool2d(X, 3, 2, ceil_mode: true), 52.344723673709, 2.734527104007),
        ["max_pool2d, ceil and padding"] = (() => F.max_pool2d(X, [3, 3], [2, 2], [1, 1], ceil_mode: true), 81.199458659958, -2.706334444525),
        ["avg_pool2d"] = (() => F.avg_pool2d(X, 3, 2, 1, ceil_mode: true, count_include_pad: false), 0.554857182599, -0.171016204236),
        ["adaptive_avg_pool2d"] = (() => F.adaptive_avg_pool2d(X, (3, 2)), -0.010168386452, 0.052531112731),
        ["layer_norm"] = (() => F.layer_norm(X, [6], Waves.Of(.5, 6), Waves.Of(.7, 6), 1e-6), 104.212083334574, -1.061533384477),
        ["gelu"] = (() => F.gelu(X * 3), 229.568684175734, 2.298032886493),
        ["gelu, tanh"] = (() => F.gelu(X * 3, TorchSharp.Modules.GELU.Approximate.tanh), 229.611865012225, 2.297739604461),
        ["attention"] = (() => F.scaled_dot_product_attention(Q, Waves.Of(.47, 2, 3, 6, 4), Waves.Of(.59, 2, 3, 6, 4)), 3.140039284146, 4.034748821081),
        ["attention, causal"] = (() => F.scaled_dot_product_attention(Q, Q * .5, Q + 1, is_casual: true), 145.963885279798, -1.667406457579),
        ["attention, composed, Boolean mask"] = (() => F.ComposedAttention(Q, Q * .5, Q + 1, ones(5, 5, ScalarType.Bool).tril(), 0, false), 145.963885279798, -1.667406457579),
        ["local_response_norm, odd"] = (() => F.local_response_norm(Waves.Of(.71, 2, 6, 3, 3), 5, .1, .75, 2), 0.285791233530, 1.024369392283),
        ["local_response_norm, even"] = (() => F.local_response_norm(Waves.Of(.71, 2, 6, 3, 3), 4, .1, .75, 1), 0.476028755441, 1.697314298120),
        ["interpolate, bicubic up"] = (() => F.interpolate(Square, [4, 4], mode: InterpolationMode.Bicubic), 73.050357818604, -14.074040489778),
        ["interpolate, bicubic down"] = (() => F.interpolate(Square, [2, 2], mode: InterpolationMode.Bicubic), 17.661148071289, 11.974292709470),
        ["interpolate, bicubic up, antialias"] = (() => F.interpolate(Square, [4, 4], mode: InterpolationMode.Bicubic, antialias: true), 72.562946983604, -13.465868058398),
        ["interpolate, bicubic down, antialias"] = (() => F.interpolate(Square, [2, 2], mode: InterpolationMode.Bicubic, antialias: true), 18.615614911537, 12.885392833924),
        ["interpolate, bilinear by factors"] = (() => F.interpolate(Square, scale_factor: [2, 1.5], mode: InterpolationMode.Bilinear), 102.0, 6.677285936009),
        ["interpolate, bilinear, antialias"] = (() => F.interpolate(Square, [2, 2], mode: InterpolationMode.Bilinear, antialias: true), 18.515625, 12.978236088224),
        ["interpolate, nearest"] = (() => F.interpolate(Square, [5, 2]), 31, -11.528842858347),
        ["normalize"] = (() => F.normalize(X, dim: 1), 2.340839385667, 2.843273373375),
        ["softplus"] = (() => F.softplus(X * 30, 2), 2446.571449912930, 21.500847465328),
        ["log_softmax"] = (() => F.log_softmax(X, 1), -330.187043624218, 6.755773498379),
        ["cross_entropy, ignored class"] = (() => F.cross_entropy(Logits, tensor([0L, 3, 1, 2, -100])), 2.269812260280, 2.269812260280),
        ["cross_entropy, weights and smoothing"] = (() => F.cross_entropy(Logits, tensor([0L, 3, 1, 2, -100]), tensor([1, 2, .5, 1]), reduction: nn.Reduction.Sum, label_smoothing: .1), 11.169902753890, 11.169902753890),
        ["kl_div"] = (() => F.kl_div(F.log_softmax(X, 1), F.softmax(X * 2, 1), log_target: false, nn.Reduction.Sum) / 2, 3.896079889380, 3.896079889380),
        ["cosine_similarity"] = (() => F.cosine_similarity(X[0], X[1], 0), 3.405401940033, 0.121457198032),
        ["pairwise_distance"] = (() => F.pairwise_distance(X[0, 0], X[1, 0]), 16.226044332190, 5.445178819681),
        ["cdist"] = (() => cdist(X[0, 0], X[1, 0]), 109.545235945578, -4.800018402276),
        ["einsum"] = (() => einsum("bchw,ochw->bo", X[.., .., ..3, ..3], Waves.Of(.53, 4, 3, 3, 3)), 0.666729615430, 4.861830261289),
        ["logsumexp"] = (() => X.logsumexp(1), 110.931398966998, -2.268200012445),
        ["std"] = (() => X.std([2, 3]), 4.289799465119, 2.087381632573),
        ["pad, reflect"] = (() => F.pad(X, [1, 2, 0, 1], PaddingModes.Reflect), 2.932413148160, 0.122198797109),
        ["unfold"] = (() => F.unfold(X, 3, padding: 1, stride: 2), 2.789013200734, 1.015852922532),
        ["topk"] = (() => X.topk(2).values, 61.556144561086, 0.227225037351),
    };

    private static Tensor X => Waves.Of(.71, 2, 3, 7, 6);
    private static Tensor Q => Waves.Of(.31, 2, 3, 5, 4);
    private static Tensor Square => tensor(new double[] { 1, 2, 4, 3, 5, 9, 2, 7, 8 }, [1, 1, 3, 3]);
    private static Tensor Logits => Waves.Of(1.1, 5, 4) * 3;

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operator_gives_what_PyTorch_gives(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (Func<Tensor> compute, double sum, double dot) = s_cases[name];
        (double gotSum, double gotDot) = Waves.Fingerprint(compute());
        // float32 constants inside the interpolation kernels leave about 1e-6.
        double tolerance = name.StartsWith("interpolate", StringComparison.Ordinal) ? 1e-5 : 1e-9;
        Assert.Equal(sum, gotSum, tolerance);
        Assert.Equal(dot, gotDot, tolerance);
    }

    [Fact]
    public void Batch_normalisation_keeps_PyTorchs_running_statistics()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchSharp.Modules.BatchNorm2d norm = nn.BatchNorm2d(3, dtype: ScalarType.Float64);
        using (no_grad())
        {
            norm.weight!.copy_(tensor([1.5, .5, 2]));
            norm.bias!.copy_(tensor([.1f, -.2f, .3f]));
        }
        AssertFingerprint(norm.call(X), 16.800000876188, -1.102602079399);
        AssertFingerprint(norm.running_mean!, 0.003103753901, 0.003296331707);
        AssertFingerprint(norm.running_var!, 2.851743965800, 2.538799527452);
        Assert.Equal(1, norm.num_batches_tracked!.ToInt64());
        norm.eval();
        AssertFingerprint(norm.call(X), 17.262793917903, -1.091979213193);
        Assert.Equal(1, norm.num_batches_tracked!.ToInt64());
    }

    [Fact]
    public void The_random_stream_is_PyTorchs()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(42).Dispose();
        Assert.Equal([0.33669036626815796f, 0.12880940735340118f, 0.23446236550807953f, 0.23033303022384644f], randn(4).data<float>().ToArray());
        Assert.Equal([0.9407714605331421f, 0.13318592309951782f, 0.9345980882644653f], rand(3).data<float>().ToArray());
        Assert.Equal([4L, 1, 0, 3, 2, 5], randperm(6).data<long>().ToArray());
        Assert.Equal([15L, 95, 67, 6], randint(0, 100, [4]).data<long>().ToArray());
    }

    [Fact]
    public void Fresh_layers_and_initialisers_draw_as_PyTorch_does()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(42).Dispose();
        TorchSharp.Modules.Linear linear = nn.Linear(3, 2);
        Assert.Equal([0.4414065182209015f, 0.47920528054237366f, -0.1352572739124298f, 0.5303604602813721f, -0.1264995038509369f, 0.11650390923023224f], linear.weight.data<float>().ToArray());
        Assert.Equal([-0.28108587861061096f, 0.3390677869319916f], linear.bias!.data<float>().ToArray());
        TorchSharp.Modules.Conv2d conv = nn.Conv2d(2, 2, 3);
        AssertFingerprint(conv.weight, 0.738317687064, -0.331587350314, 1e-6);
        AssertFingerprint(conv.bias!, 0.033207386732, 0.040180550136, 1e-6);

        manual_seed(42).Dispose();
        Tensor truncated = nn.init.trunc_normal_(empty(5), std: .02);
        float[] expected = [0.02372814528644085f, 0.027444586157798767f, -0.0059593613259494305f, 0.03485369309782982f, -0.005563020706176758f];
        foreach ((float want, float got) in expected.Zip(truncated.data<float>().ToArray())) Assert.Equal(want, got, 1e-8f);
        AssertFingerprint(nn.init.orthogonal_(empty(3, 5)), 0.035727173090, 0.719974522354, 1e-5);
        AssertFingerprint(nn.init.kaiming_normal_(empty(3, 5), nonlinearity: nn.init.NonlinearityType.ReLU), 2.573804992251, 0.374247748579, 1e-5);
        AssertFingerprint(nn.init.xavier_uniform_(empty(3, 5)), -0.560927838087, 1.465409748443, 1e-5);
    }

    [Fact]
    public void Dropout_is_PyTorchs_in_training_and_nothing_otherwise()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(42).Dispose();
        TorchSharp.Modules.Dropout dropout = nn.Dropout(.3);
        AssertFingerprint(dropout.call(ones(1000, ScalarType.Float64)), 1048.571428571428, -0.838607927893);
        dropout.eval();
        Assert.Equal(1000, dropout.call(ones(1000)).sum().ToDouble());
    }

    private static void AssertFingerprint(Tensor tensor, double sum, double dot, double tolerance = 1e-9)
    {
        (double gotSum, double gotDot) = Waves.Fingerprint(tensor);
        Assert.Equal(sum, gotSum, tolerance);
        Assert.Equal(dot, gotDot, tolerance);
    }
}

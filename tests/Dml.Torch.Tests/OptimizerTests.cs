using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Torch.Tests;

/// <summary>Training steps against PyTorch 1.13's, from the same weights and inputs.</summary>
public sealed class OptimizerTests(TorchFixture fixture) : TorchTests(fixture)
{
    [Theory]
    [InlineData(false, 5.426526707830, -0.316684908144, new[] { 1.7052865028381348, 1.5555906295776367, 1.4795055389404297, 1.4297001361846924, 1.3902286291122437, 1.3571807146072388, 1.3291015625, 1.2914644479751587, 1.2502843141555786, 1.217347264289856 })]
    [InlineData(true, 5.453696013661, -0.346463924714, new[] { 1.7052865028381348, 1.5555906295776367, 1.479514718055725, 1.4296925067901611, 1.3902262449264526, 1.357157588005066, 1.3290995359420776, 1.2914310693740845, 1.2502532005310059, 1.2175114154815674 })]
    public void AdamW_with_groups_follows_PyTorch(bool amsgrad, double sum, double dot, double[] losses)
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> net = Net();
        TorchSharp.Modules.AdamW optimizer = AdamW(net, amsgrad);
        foreach (double loss in losses) Assert.Equal(loss, Step(net, optimizer, .1), 2e-6);
        AssertWeights(net, sum, dot);
    }

    [Theory]
    [InlineData(.9, 0, 1e-2, false, 4.509850105518, -0.354677256721, new[] { 1.6985974311828613, 1.6019989252090454, 1.5006450414657593, 1.4717803001403809, 1.416643500328064 })]
    [InlineData(.9, 0, 0, true, 4.588375994586, -0.292784094405, new[] { 1.6985974311828613, 1.5398039817810059, 1.4810045957565308, 1.4273213148117065, 1.3660224676132202 })]
    [InlineData(.8, .2, 0, false, 4.640326894354, -0.332249355102, new[] { 1.6985974311828613, 1.6021572351455688, 1.5047346353530884, 1.481657862663269, 1.4238948822021484 })]
    public void SGD_follows_PyTorch(double momentum, double dampening, double decay, bool nesterov, double sum, double dot, double[] losses)
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> net = Net();
        TorchSharp.Modules.SGD optimizer = optim.SGD(net.parameters(), 5e-2, momentum, dampening, decay, nesterov);
        foreach (double loss in losses) Assert.Equal(loss, Step(net, optimizer, 0), 2e-6);
        AssertWeights(net, sum, dot);
    }

    [Fact]
    public void A_restored_optimizer_goes_on_bit_by_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> straight = Net(), resumed = Net();
        TorchSharp.Modules.AdamW first = AdamW(straight, true), second = AdamW(resumed, true);
        for (int i = 0; i < 3; i++) Step(straight, first, 0);
        first.ParamGroups.First().LearningRate = 3e-3;

        resumed.load_state_dict(straight.state_dict());
        second.load_state_dict(first.state_dict());
        for (int i = 0; i < 3; i++) Assert.Equal(Step(straight, first, 0), Step(resumed, second, 0));
        foreach ((TorchSharp.Modules.Parameter a, TorchSharp.Modules.Parameter b) in straight.parameters().Zip(resumed.parameters())) Assert.True(a.Equals(b));
    }

    [Fact]
    public void A_state_can_be_saved_and_set_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> straight = Net(), resumed = Net();
        TorchSharp.Modules.AdamW first = AdamW(straight, false), second = AdamW(resumed, false);
        for (int i = 0; i < 3; i++) Step(straight, first, 0);
        resumed.load_state_dict(straight.state_dict());
        foreach ((TorchSharp.Modules.OptimizerState from, TorchSharp.Modules.OptimizerState to) in first.state_dict().State.Zip(second.state_dict().State))
        {
            var saved = (TorchSharp.Modules.AdamW.State)from;
            var state = (TorchSharp.Modules.AdamW.State)to;
            state.step = saved.step;
            state.exp_avg.copy_(tensor(saved.exp_avg.data<float>().ToArray(), saved.exp_avg.shape));
            state.exp_avg_sq.copy_(tensor(saved.exp_avg_sq.data<float>().ToArray(), saved.exp_avg_sq.shape));
        }
        Assert.Equal(Step(straight, first, 0), Step(resumed, second, 0));
        Assert.Equal(Step(straight, first, 0), Step(resumed, second, 0));
    }

    [Fact]
    public void A_parameter_without_gradient_stays_and_counts_its_own_steps()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchSharp.Modules.Parameter always = nn.Parameter(ones(2)), late = nn.Parameter(ones(2));
        TorchSharp.Modules.AdamW optimizer = optim.AdamW([always, late], 1e-2);
        always.sum().backward();
        optimizer.step();
        Assert.Equal([1f, 1f], late.data<float>().ToArray());
        late.sum().backward();
        optimizer.step();
        Assert.Equal([2L, 1], optimizer.state_dict().State.Select(s => ((TorchSharp.Modules.AdamW.State)s).step));
        // The first step of Adam moves by the learning rate, whatever the gradient.
        Assert.Equal(.99f, late.data<float>().ToArray()[0], 1e-6f);
    }

    [Fact]
    public void Clipping_follows_PyTorch()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> byNorm = Net(), byValue = Net();
        foreach (nn.Module<Tensor, Tensor> net in new[] { byNorm, byValue }) F.cross_entropy(net.call(Input) * 10, Target).backward();
        Assert.Equal(39.3641357421875, nn.utils.clip_grad_norm_(byNorm.parameters(), .5), 1e-4);
        nn.utils.clip_grad_value_(byValue.parameters(), .1);
        AssertFingerprint(cat(byNorm.parameters().Select(p => p.grad!.flatten()).ToArray()), 0.567800191711, 0.372475107579);
        AssertFingerprint(cat(byValue.parameters().Select(p => p.grad!.flatten()).ToArray()), 2.015833812290, 0.881275275904);
    }

    [Fact]
    public void Autocast_computes_in_bfloat16_and_leaves_the_weights_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> net = Net();
        Tensor narrow, wide;
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16)) narrow = net.call(Input);
        wide = net.call(Input);
        Assert.Equal((ScalarType.BFloat16, ScalarType.Float32), (narrow.dtype, wide.dtype));
        Assert.Equal(0, (narrow.@float() - wide).abs().max().ToDouble(), .05);
        F.cross_entropy(narrow.@float(), Target).backward();
        Assert.All(net.parameters(), p => Assert.Equal(ScalarType.Float32, p.grad!.dtype));
    }

    [Fact]
    public void Channels_last_changes_the_memory_and_not_the_result()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> net = Net();
        Tensor before = net.call(Input);
        TorchSharp.Modules.Parameter weight = net.parameters().First();
        ChannelsLast.Convert(net);
        Tensor input = ChannelsLast.Of(Input);
        Assert.True(ChannelsLast.Is(weight) && ChannelsLast.Is(input) && !input.is_contiguous());
        Assert.Equal([4L, 3, 3, 3], weight.shape);
        Assert.True(net.call(input).allclose(before, 1e-4, 1e-5));
    }

    private static Tensor Input => Waves.Of(.71, 6, 3, 5, 5).to(ScalarType.Float32);
    private static Tensor Target => tensor([0L, 1, 2, 3, 4, 0]);

    private static nn.Module<Tensor, Tensor> Net()
    {
        nn.Module<Tensor, Tensor> net = nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2, 2, ceil_mode: true), nn.Flatten(), nn.Linear(36, 5));
        using IDisposable noGrad = no_grad();
        double k = .3;
        foreach (TorchSharp.Modules.Parameter parameter in net.parameters())
        {
            parameter.copy_(Waves.Of(k, parameter.shape) * .5);
            k += .11;
        }
        return net;
    }

    private static TorchSharp.Modules.AdamW AdamW(nn.Module<Tensor, Tensor> net, bool amsgrad) => optim.AdamW(
        [
            new TorchSharp.Modules.AdamW.ParamGroup { Parameters = net.parameters().Where(p => p.dim() > 1) },
            new TorchSharp.Modules.AdamW.ParamGroup { Parameters = net.parameters().Where(p => p.dim() == 1), Options = new() { LearningRate = 2e-2, weight_decay = 0 } },
        ],
        lr: 1e-2, beta1: .9, beta2: .99, eps: 1e-7, weight_decay: 5e-2, amsgrad: amsgrad);

    private static double Step(nn.Module<Tensor, Tensor> net, optim.Optimizer optimizer, double smoothing)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        Tensor loss = F.cross_entropy(net.call(Input), Target, label_smoothing: smoothing);
        loss.backward();
        optimizer.step();
        return loss.ToDouble();
    }

    private static void AssertWeights(nn.Module<Tensor, Tensor> net, double sum, double dot) =>
        AssertFingerprint(cat(net.parameters().Select(p => p.flatten()).ToArray()), sum, dot);

    private static void AssertFingerprint(Tensor tensor, double sum, double dot)
    {
        (double gotSum, double gotDot) = Waves.Fingerprint(tensor);
        Assert.Equal(sum, gotSum, 1e-4);
        Assert.Equal(dot, gotDot, 1e-4);
    }
}

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Torch.Tests;

public sealed class ModuleTests(TorchFixture fixture) : TorchTests(fixture)
{
    private static readonly string[] s_names = ["scale", "stem.weight", "stem.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias", "tail.first.weight", "tail.1.weight", "tail.1.bias"];
    private static readonly string[] s_buffers = ["centre", "tail.1.running_mean", "tail.1.running_var", "tail.1.num_batches_tracked"];

    [Fact]
    public void Fields_give_the_components_their_names()
    {
        using DisposeScope scope = NewDisposeScope();
        Network net = new();
        Assert.Equal(s_names.Order(), net.named_parameters().Select(p => p.name).Order());
        Assert.Equal(s_buffers.Append("counter").Order(), net.named_buffers().Select(b => b.name).Order());
        // The count of training steps was registered as not persistent.
        Assert.Equal(s_names.Concat(s_buffers).Order(), net.state_dict().Keys.Order());
        Assert.Equal(["stem", "blocks", "tail"], net.named_children().Select(c => c.name));
        Assert.Contains("tail.1", net.named_modules().Select(m => m.name));
        Assert.Equal([2, 3], net.get_parameter("stem.weight")!.shape);
        Assert.True(net.get_parameter("stem.nothing") is null && net.has_buffer("centre"));
    }

    [Fact]
    public void A_parameter_shared_by_two_names_is_listed_once()
    {
        using DisposeScope scope = NewDisposeScope();
        Shared net = new();
        Assert.Single(net.parameters());
        Assert.Equal(["first.weight", "second.weight"], net.state_dict().Keys);
    }

    [Fact]
    public void A_state_dictionary_goes_round()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(3).Dispose();
        Network from = new(), to = new();
        from.call(randn(4, 3));
        Dictionary<string, Tensor> copies = from.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone());
        (IList<string> missing, IList<string> unexpected) = to.load_state_dict(copies);
        Assert.Empty(missing.Concat(unexpected));
        from.eval();
        to.eval();
        Tensor x = randn(4, 3);
        Assert.True(from.call(x).Equals(to.call(x)));
    }

    [Fact]
    public void Names_that_do_not_fit_are_named_and_nothing_is_copied()
    {
        using DisposeScope scope = NewDisposeScope();
        Network net = new();
        Dictionary<string, Tensor> state = net.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone().fill_(7));
        state.Remove("stem.bias");
        state["stem.bais"] = zeros(2);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => net.load_state_dict(state));
        Assert.Contains("Missing: stem.bias. Unexpected: stem.bais.", e.Message, StringComparison.Ordinal);
        Assert.NotEqual(7, net.scale.ToSingle());

        (IList<string> missing, IList<string> unexpected) = net.load_state_dict(state, strict: false);
        Assert.Equal(["stem.bias"], missing);
        Assert.Equal(["stem.bais"], unexpected);
        Assert.Equal(7, net.scale.ToSingle());
    }

    [Fact]
    public void Training_mode_and_apply_reach_every_module()
    {
        using DisposeScope scope = NewDisposeScope();
        Network net = new();
        net.eval();
        Assert.All(net.modules(), m => Assert.False(m.training));
        net.train();
        Assert.All(net.modules(), m => Assert.True(m.training));
        int count = 0;
        net.apply(_ => count++);
        Assert.Equal(net.modules().Count() + 1, count);
    }

    [Fact]
    public void A_change_of_type_keeps_the_objects_and_the_integer_buffers()
    {
        using DisposeScope scope = NewDisposeScope();
        Network net = new();
        net.call(randn(4, 3)).sum().backward();
        Parameter weight = net.get_parameter("stem.weight")!;
        net.to(ScalarType.Float64).to(CPU);
        Assert.Same(weight, net.get_parameter("stem.weight"));
        Assert.Equal(ScalarType.Float64, weight.dtype);
        Assert.Equal(ScalarType.Float64, weight.grad!.dtype);
        Assert.True(weight.requires_grad && weight.is_leaf);
        Assert.Equal(ScalarType.Int64, net.get_buffer("tail.1.num_batches_tracked")!.dtype);
        net.call(randn(4, 3, ScalarType.Float64)).sum().backward();
        Assert.Throws<ArgumentException>(() => net.to(ScalarType.Int64));
    }

    [Fact]
    public void Sequential_frees_what_flows_through_it()
    {
        using var net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace: true), nn.Identity(), nn.Linear(4, 2));
        using Tensor x = randn(3, 4);
        using IDisposable noGrad = no_grad();
        long before = Tensor.TotalCount;
        net.call(x).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        Assert.False(x.IsInvalid);
    }

    [Fact]
    public void Disposing_a_module_frees_its_tensors()
    {
        long before = Tensor.TotalCount;
        new Network().Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class Network : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter scale = nn.Parameter(ones(1));
        private readonly Tensor centre = zeros(3);
        private readonly Linear stem = nn.Linear(3, 2);
        private readonly ModuleList<Linear> blocks = nn.ModuleList(nn.Linear(2, 2), nn.Linear(2, 2));
        private readonly Sequential tail = nn.Sequential(("first", nn.Linear(2, 2, hasBias: false)), ("1", nn.BatchNorm2d(2)));

        public Network() : base(nameof(Network))
        {
            register_buffer("counter", zeros(1), persistent: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor x = stem.call((input - centre) * scale);
            foreach (Linear block in blocks) x = block.call(x);
            x = ((Linear)tail[0]).call(x).unsqueeze(-1).unsqueeze(-1);
            return ((BatchNorm2d)tail[1]).call(x).flatten(1);
        }
    }

    private sealed class Shared : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first, second;

        public Shared() : base(nameof(Shared))
        {
            first = nn.Linear(nn.Parameter(ones(2, 2)));
            second = nn.Linear(first.weight);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => second.call(first.call(input));
    }
}

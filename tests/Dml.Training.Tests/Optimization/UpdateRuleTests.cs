using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Optimization;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Optimization;

public sealed class UpdateRuleTests
{
    private static readonly float[] Start = [1, -2, .5f];

    public static TheoryData<string> Names => [.. OptimizerCatalogue.All.Select(m => m.Name)];

    // Eight steps on the gradients w^3 - t / 4, computed with torch.optim of PyTorch 1.13 in double precision.
    [Theory]
    [InlineData("adamw", """{ "epsilon": 1e-8 }""", new[] { 0.958615586231, -1.105146651145, 1.217070916702 })]
    [InlineData("adamw", """{ "beta1": 0.8, "beta2": 0.99, "epsilon": 1 }""", new[] { 0.923534716469, -1.209104194055, 0.746717702033 })]
    [InlineData("adam", """{}""", new[] { 0.944203932408, -1.224663900474, 1.269721019168 })]
    [InlineData("adam", """{ "epsilon": 1 }""", new[] { 0.914734152337, -1.313977531761, 0.750494644332 })]
    [InlineData("radam", """{}""", new[] { 0.815356128972, 0.266051892081, 0.674401865943 })]
    [InlineData("radam", """{ "beta2": 0.9, "epsilon": 0.01 }""", new[] { 0.861151661509, 0.329547481453, 0.751150742458 })]
    [InlineData("sgd", """{}""", new[] { 1.391944689448, 0.424436072198, 1.482456209641 })]
    [InlineData("sgd", """{ "momentum": 0.5, "nesterov": true }""", new[] { 1.225495617187, 1.163404442017, 1.233291628612 })]
    [InlineData("sgd", """{ "momentum": 0 }""", new[] { 1.133735374578, 0.083087905081, 1.060937705169 })]
    public void Eight_steps_end_where_those_of_PyTorch_do(string name, string options, double[] expected)
    {
        using var scope = NewDisposeScope();
        var weight = nn.Parameter(tensor(Start.Select(v => (double)v).ToArray()));
        using var optimizer = Create(name, options, new ParameterGroup(2, .1, [("w", weight)]));
        for (var step = 1; step <= 8; step++)
        {
            weight.grad = weight.detach().pow(3) - (step / 4.0);
            optimizer.Step(.05);
        }

        Assert.All(expected.Zip(weight.data<double>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
    }

    [Fact]
    public void AdamW_is_TorchSharps_to_the_bit()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (ours, theirs) = (nn.Parameter(randn(40)), nn.Parameter(zeros(40)));
        using (no_grad())
        {
            theirs.copy_(ours);
        }

        using var optimizer = Create("adamw", "{}", new ParameterGroup(1, .01, [("w", ours)]));
        var reference = optim.AdamW([theirs], lr: 3e-3, weight_decay: .01);
        for (var step = 0; step < 20; step++)
        {
            optimizer.ZeroGradients();
            reference.zero_grad();
            // Every third step there is nothing to learn from.
            if (step % 3 != 2)
            {
                (ours.sin() * ours).sum().backward();
                (theirs.sin() * theirs).sum().backward();
            }

            optimizer.Step(3e-3);
            reference.step();
            Assert.Equal(theirs.ToFloats(), ours.ToFloats());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_rule_finds_the_minimum_and_leaves_what_has_no_gradient(string name)
    {
        using var scope = NewDisposeScope();
        var (weight, idle) = (nn.Parameter(tensor(Start)), nn.Parameter(tensor(Start)));
        using var optimizer = Create(name, "{}", new ParameterGroup(1, 0, [("w", weight), ("idle", idle)]));
        for (var step = 0; step < 2000; step++)
        {
            weight.grad = (weight.detach() - 3) * 2;
            optimizer.Step(.02);
        }

        Assert.All(weight.ToFloats(), v => Assert.Equal(3, v, .05));
        Assert.Equal(Start, idle.ToFloats());
        Assert.Equal([2000L, 0], optimizer.Steps);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Numbers_out_of_range_are_refused(string name)
    {
        var numbers = MethodOptions.Write(OptimizerCatalogue.All.Single(m => m.Name == name).Defaults)
            .Where(o => o.Value!.GetValueKind() == JsonValueKind.Number).Select(o => o.Key);
        Assert.All(numbers, number => Assert.Throws<RecipeException>(
            () => OptimizerCatalogue.Create(new(name) { Options = new() { [number] = -1 } })));
    }

    [Fact]
    public void Gradients_are_limited_number_by_number_or_as_a_whole()
    {
        using var scope = NewDisposeScope();
        var (one, two) = (nn.Parameter(zeros(2)), nn.Parameter(zeros(1)));
        using var optimizer = Create("sgd", "{}", new ParameterGroup(1, 0, [("one", one), ("two", two)]));
        (one.grad, two.grad) = (tensor([3f, -20]), tensor([4f]));
        optimizer.ClipValues(10);
        Assert.Equal([3f, -10], one.grad!.ToFloats());
        optimizer.ClipNorm(Math.Sqrt(125) / 2);
        Assert.Equal(1.5, one.grad!.ToFloats()[0], 1e-5);
        Assert.Equal(-5, one.grad!.ToFloats()[1], 1e-5);
        Assert.Equal(2, two.grad!.ToFloats()[0], 1e-5);
        optimizer.ClipNorm(100);
        Assert.Equal(2, two.grad!.ToFloats()[0], 1e-5);
    }

    private static GroupedOptimizer Create(string name, string options, ParameterGroup group) =>
        new(OptimizerCatalogue.Create(new(name) { Options = JsonNode.Parse(options)!.AsObject() }), [group]);
}

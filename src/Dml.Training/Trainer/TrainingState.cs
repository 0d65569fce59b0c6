using System.Globalization;
using Dml.Training.Backbones;
using Dml.Training.Losses;
using Dml.Training.Optimization;
using Dml.Training.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Trainer;

/// <summary>All that changes during a run, and its file: weights, proxies, moments, running mean, counters.</summary>
internal sealed class TrainingState : IDisposable
{
    private const string Format = "dml-checkpoint-1";
    private const string BackboneKey = "frozenBackbone";
    private readonly EmbeddingNetwork network;
    private readonly EmbeddingLoss loss;
    private readonly TrainingOptions options;
    private readonly MovingAverage? average;
    private readonly List<Parameter> waitingForHead;
    private readonly string? frozenBackbone;

    internal TrainingState(EmbeddingNetwork network, EmbeddingLoss loss, TrainingOptions options)
    {
        this.network = network;
        this.loss = loss;
        this.options = options;
        foreach (var (_, parameter) in network.named_parameters().Where(p => options.Frozen.Any(name => p.name == name || p.name.StartsWith(name + ".", StringComparison.Ordinal))))
        {
            parameter.requires_grad = false;
        }

        network.Backbone.FreezeStages(options.FrozenStages);
        if (options.FrozenBackbone)
        {
            network.Backbone.Freeze();
            frozenBackbone = NetworkWeights.Fingerprint(network.Backbone);
        }

        waitingForHead = [.. network.Backbone.parameters().Where(p => p.requires_grad)];
        Optimizer = new GroupedAdamW(
        [
            .. Groups(network.Backbone, "network.backbone.", _ => 1),
            .. Groups(network.Head, "network.head.", _ => options.HeadLearningRateFactor),
            .. Groups(loss, "loss.", loss.LearningRateFactorOf),
        ]);
        average = options.AverageDecay > 0 ? new MovingAverage(Changing(), options.AverageDecay) : null;
    }

    internal GroupedAdamW Optimizer { get; }

    internal int EpochsDone { get; set; }

    internal long Steps { get; set; }

    /// <summary>A backbone that does not learn computes no gradients either.</summary>
    internal void SetHeadOnly(bool on)
    {
        foreach (var parameter in waitingForHead)
        {
            parameter.requires_grad = !on;
        }
    }

    internal void Update(double rate)
    {
        if (options.ClipGradientNorm > 0)
        {
            Optimizer.ClipGradients(options.ClipGradientNorm);
        }

        Optimizer.Step(rate);
        average?.Update();
    }

    internal void SwapAverage() => average?.Swap();

    /// <summary>The network keeps the averages; training must not go on.</summary>
    internal void AdoptAverage() => average?.Swap();

    internal void Save(string path)
    {
        var tensors = new Dictionary<string, SafetensorsTensor>();
        foreach (var (name, tensor) in Named())
        {
            tensors[name] = tensor.ToSafetensors();
        }

        tensors["counters"] = SafetensorsTensor.From([EpochsDone, Steps, average?.Updates ?? 0], 3);
        tensors["adam.steps"] = SafetensorsTensor.From(Optimizer.Steps, Optimizer.Steps.Length);
        SafetensorsFile.Save(path, new SafetensorsContent(tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["epochs"] = EpochsDone.ToString(CultureInfo.InvariantCulture),
            [BackboneKey] = frozenBackbone ?? "",
        }));
    }

    internal void Load(string path)
    {
        var content = SafetensorsFile.Load(path);
        if (!content.Metadata.TryGetValue("format", out var format) || format != Format)
        {
            throw new InvalidDataException($"'{path}' is no checkpoint of this program (format '{format ?? "none"}', expected '{Format}').");
        }

        if (content.Metadata.GetValueOrDefault(BackboneKey, "") != (frozenBackbone ?? ""))
        {
            throw new InvalidDataException($"'{path}' was written over another frozen backbone: the recipe's pretrained weights have changed since.");
        }

        if (!content.Tensors.TryGetValue("counters", out var counters) || counters.Shape is not [3]
            || !content.Tensors.TryGetValue("adam.steps", out var steps) || steps.Shape is not [var count] || count != Optimizer.Steps.Length)
        {
            throw new InvalidDataException($"'{path}' was written by another recipe: its optimiser state does not fit.");
        }

        NetworkWeights.CopyAll(Named().ToDictionary(t => t.Name, t => t.Tensor), content.Tensors, "", path);
        var numbers = counters.ToLongs();
        (EpochsDone, Steps) = ((int)numbers[0], numbers[1]);
        Optimizer.Steps = steps.ToLongs();
        if (average is not null)
        {
            average.Updates = numbers[2];
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> Named()
    {
        foreach (var (name, tensor) in Changing())
        {
            yield return ("network." + name, tensor);
        }

        foreach (var (name, tensor) in loss.state_dict())
        {
            yield return ("loss." + name, tensor);
        }

        foreach (var (name, first, second) in Optimizer.Moments)
        {
            yield return ("adam.first." + name, first);
            yield return ("adam.second." + name, second);
        }

        foreach (var (name, tensor) in average?.Averages ?? [])
        {
            yield return ("average." + name, tensor);
        }
    }

    // A frozen backbone follows from the recipe: it is neither averaged, which would move it by roundings, nor written after every epoch.
    private IEnumerable<(string Name, Tensor Tensor)> Changing() =>
        network.state_dict().Where(t => frozenBackbone is null || !t.Key.StartsWith("backbone.", StringComparison.Ordinal)).Select(t => (t.Key, t.Value));

    private IEnumerable<ParameterGroup> Groups(nn.Module module, string prefix, Func<string, double> factorOf) =>
        from member in module.named_parameters()
        where member.parameter.requires_grad
        group (prefix + member.name, member.parameter) by (Factor: factorOf(member.name), Decay: DecayOf(member.name, member.parameter)) into members
        select new ParameterGroup(members.Key.Factor, members.Key.Decay, [.. members]);

    private double DecayOf(string name, Parameter parameter) =>
        options.DecayEverything || (parameter.dim() > 1 && !network.Backbone.WithoutWeightDecay.Contains(name)) ? options.WeightDecay : 0;

    public void Dispose()
    {
        Optimizer.Dispose();
        average?.Dispose();
    }
}

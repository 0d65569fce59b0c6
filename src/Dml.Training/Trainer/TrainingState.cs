using System.Globalization;
using System.Runtime.InteropServices;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Optimization;
using Dml.Training.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dml.Training.Trainer;

/// <summary>All that changes during a run, and its file: weights, proxies, moments, running mean, counters.</summary>
internal sealed class TrainingState : IDisposable
{
    private const string Format = "dml-checkpoint-2";
    private const string BackboneKey = "frozenBackbone";
    private const string SeenName = "epoch.embeddings";
    private const int CounterCount = 6;
    private readonly EmbeddingNetwork _network;
    private readonly EmbeddingLoss _loss;
    private readonly TrainingOptions _options;
    private readonly MovingAverage? _average;
    private readonly List<Parameter> _waitingForHead;
    private readonly string? _frozenBackbone;
    private IReadOnlyDictionary<string, SafetensorsTensor>? _resumedLoss;

    internal TrainingState(EmbeddingNetwork network, EmbeddingLoss loss, TrainingOptions options)
    {
        _network = network;
        _loss = loss;
        _options = options;
        foreach (
            var (_, parameter) in network
                .named_parameters()
                .Where(p => options.Frozen.Any(name => p.name == name || p.name.StartsWith(name + ".", StringComparison.Ordinal))))
        {
            parameter.requires_grad = false;
        }

        network.Backbone.FreezeStages(options.FrozenStages);
        if (options.FrozenBackbone)
        {
            network.Backbone.Freeze();
            _frozenBackbone = NetworkWeights.Fingerprint(network.Backbone);
        }

        _waitingForHead = [.. network.Backbone.parameters().Where(p => p.requires_grad)];
        Optimizer = new GroupedOptimizer(OptimizerCatalogue.Create(options.Optimizer),
        [
            .. Groups(network.Backbone, "network.backbone.", _ => 1),
            .. Groups(network.Head, "network.head.", _ => options.HeadLearningRateFactor),
            .. Groups(loss, "loss.", loss.LearningRateFactorOf),
        ]);
        _average = options.AverageDecay > 0 ? new MovingAverage(Changing(), options.AverageDecay) : null;
    }

    internal GroupedOptimizer Optimizer { get; }

    /// <summary>Epochs whose steps, report and validation are finished.</summary>
    internal int EpochsDone { get; private set; }

    /// <summary>Updates of the whole run.</summary>
    internal long Steps { get; private set; }

    /// <summary>The finished part of the epoch after <see cref="EpochsDone"/>.</summary>
    internal EpochProgress Progress { get; private set; }

    /// <summary>
    /// What the epoch's loss and sampler were given when it began, if they asked; a run that resumes in its middle must give them the same.
    /// </summary>
    internal Tensor? EpochEmbeddings { get; set; }

    internal void CountStep(int batches, int images, double loss)
    {
        Steps++;
        Progress = new(Progress.Batches + batches, Progress.Images + images, Progress.LossSum + (loss * images));
    }

    internal void EndEpoch()
    {
        EpochsDone++;
        Progress = default;
        EpochEmbeddings?.Dispose();
        EpochEmbeddings = null;
        _resumedLoss = null;
    }

    /// <summary>
    /// After a resume in the middle of an epoch, once the loss has begun the epoch again: restores its buffers from the checkpoint.
    /// </summary>
    internal void RestoreLoss()
    {
        if (_resumedLoss is { } tensors)
        {
            NetworkWeights.CopyAll(_loss.state_dict(), tensors, "loss.", "checkpoint");
            _resumedLoss = null;
        }
    }

    /// <summary>A backbone that does not learn does not compute gradients either.</summary>
    internal void SetHeadOnly(bool on)
    {
        foreach (var parameter in _waitingForHead)
        {
            parameter.requires_grad = !on;
        }
    }

    internal void Update(double rate)
    {
        if (_options.ClipGradientValue > 0)
        {
            Optimizer.ClipValues(_options.ClipGradientValue);
        }

        if (_options.ClipGradientNorm > 0)
        {
            Optimizer.ClipNorm(_options.ClipGradientNorm);
        }

        Optimizer.Step(rate);
        _average?.Update();
    }

    internal void SwapAverage() => _average?.Swap();

    /// <summary>The network keeps the averages; training must not continue.</summary>
    internal void AdoptAverage() => _average?.Swap();

    /// <exception cref="TrainingException">A weight is not a number; the file is unchanged.</exception>
    internal void Save(string path)
    {
        var tensors = Named().ToDictionary(t => t.Name, t => t.Tensor.ToSafetensors());
        if (
            tensors
                .FirstOrDefault(t =>
                    t.Key.StartsWith("network.", StringComparison.Ordinal)
                    && t.Value.Type == SafetensorsType.F32
                    && !float.IsFinite(TensorPrimitives.Sum(MemoryMarshal.Cast<byte, float>(t.Value.Data))))
                .Key is
            { } broken)
        {
            throw new TrainingException(
                $"'{broken}' holds a value that is not a number after step {Steps} (epoch {EpochsDone + 1}). Lower learningRate "
                    + $"({_options.LearningRate}), lengthen warmupEpochs or set clipGradientNorm; '{path}' is unchanged.");
        }

        if (EpochEmbeddings is { } seen)
        {
            tensors[SeenName] = seen.ToSafetensors();
        }

        tensors["counters"] = SafetensorsTensor.From(
            [
                EpochsDone,
                Steps,
                _average?.Updates ?? 0,
                Progress.Batches,
                Progress.Images,
                BitConverter.DoubleToInt64Bits(Progress.LossSum),
            ],
            CounterCount);
        tensors["adam.steps"] = SafetensorsTensor.From(Optimizer.Steps, Optimizer.Steps.Length);
        SafetensorsFile.Save(path, new SafetensorsContent(tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["epochs"] = EpochsDone.ToString(CultureInfo.InvariantCulture),
            [BackboneKey] = _frozenBackbone ?? "",
        }));
    }

    internal void Load(string path)
    {
        var content = SafetensorsFile.Load(path);
        if (!content.Metadata.TryGetValue("format", out var format) || format != Format)
        {
            throw new InvalidDataException(
                $"'{path}' is not a checkpoint of this program (format '{format ?? "none"}', expected '{Format}').");
        }

        if (content.Metadata.GetValueOrDefault(BackboneKey, "") != (_frozenBackbone ?? ""))
        {
            throw new InvalidDataException(
                $"'{path}' was written with another frozen backbone: the recipe's pretrained weights have changed since then.");
        }

        if (
            !content.Tensors.TryGetValue("counters", out var counters)
            || counters.Shape is not [CounterCount]
            || !content.Tensors.TryGetValue("adam.steps", out var steps)
            || steps.Shape is not [var count]
            || count != Optimizer.Steps.Length)
        {
            throw new InvalidDataException($"'{path}' was written by another recipe: its optimiser state does not fit.");
        }

        NetworkWeights.CopyAll(Named().ToDictionary(t => t.Name, t => t.Tensor), content.Tensors, "", path);
        var numbers = counters.ToLongs();
        (EpochsDone, Steps) = ((int)numbers[0], numbers[1]);
        Progress = new((int)numbers[3], numbers[4], BitConverter.Int64BitsToDouble(numbers[5]));
        _resumedLoss = Progress.Batches > 0 ? content.Tensors : null;
        EpochEmbeddings?.Dispose();
        EpochEmbeddings = content.Tensors.TryGetValue(SeenName, out var seen)
            ? torch.tensor(seen.ToFloats(), seen.Shape).to(_network.Device).DetachFromDisposeScope()
            : null;
        Optimizer.Steps = steps.ToLongs();
        if (_average is not null)
        {
            _average.Updates = numbers[2];
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> Named()
    {
        foreach (var (name, tensor) in Changing())
        {
            yield return ("network." + name, tensor);
        }

        foreach (var (name, tensor) in _loss.state_dict())
        {
            yield return ("loss." + name, tensor);
        }

        foreach (var (name, first, second) in Optimizer.Moments)
        {
            yield return ("adam.first." + name, first);
            if (second is not null)
            {
                yield return ("adam.second." + name, second);
            }
        }

        foreach (var (name, tensor) in _average?.Averages ?? [])
        {
            yield return ("average." + name, tensor);
        }
    }

    // A frozen backbone follows from the recipe: it is neither averaged, which would move it by roundings, nor written after every epoch.
    private IEnumerable<(string Name, Tensor Tensor)> Changing() =>
        _network
            .state_dict()
            .Where(t => _frozenBackbone is null || !t.Key.StartsWith("backbone.", StringComparison.Ordinal))
            .Select(t => (t.Key, t.Value));

    private IEnumerable<ParameterGroup> Groups(nn.Module module, string prefix, Func<string, double> factorOf) =>
        from member in module.named_parameters()
        where member.parameter.requires_grad
        group (prefix + member.name, member.parameter) by (
            Factor: factorOf(member.name), Decay: DecayOf(member.name, member.parameter)) into members
        select new ParameterGroup(members.Key.Factor, members.Key.Decay, [.. members]);

    private double DecayOf(string name, Parameter parameter) =>
        _options.DecayEverything || (parameter.dim() > 1 && !_network.Backbone.WithoutWeightDecay.Contains(name))
            ? _options.WeightDecay
            : 0;

    public void Dispose()
    {
        Optimizer.Dispose();
        EpochEmbeddings?.Dispose();
        _average?.Dispose();
    }
}

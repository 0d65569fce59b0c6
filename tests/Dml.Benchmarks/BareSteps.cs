using System.Diagnostics;
using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Benchmarks;

/// <summary>
/// The same network and optimiser on the same libtorch in a bare loop: a tensor that is ready, the sum of the outputs as the loss. What a
/// trainer takes beyond it is its own: conversion of bytes, the loss, bookkeeping.
/// </summary>
internal static class BareSteps
{
    public static TrainFigures Measure(
        EmbeddingNetwork network, TrainCell cell, TrainConditions conditions, bool bfloat16, int warmupSteps)
    {
        set_num_threads(conditions.Threads);
        network.train();
        using var all = NewDisposeScope();
        var parameters = network.parameters().ToArray();
        using var optimizer = optim.AdamW(parameters, lr: 1e-4);
        var input = bfloat16 || conditions.ChannelsLast
            ? randn(cell.Batch, cell.Size, cell.Size, 3).permute(0, 3, 1, 2)
            : randn(cell.Batch, 3, cell.Size, cell.Size);
        var (forward, backward, update, begin) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        for (var step = 0; step < cell.Steps + warmupSteps; step++)
        {
            if (step == warmupSteps)
            {
                (forward, backward, update, begin) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, Environment.CpuUsage.TotalTime);
            }

            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var clock = Stopwatch.StartNew();
            Tensor value;
            using (Precision.Enter(bfloat16, CPU))
            {
                value = network.call(input).to(float32).sum();
            }

            forward += clock.Elapsed;
            clock.Restart();
            value.backward();
            backward += clock.Elapsed;
            clock.Restart();
            optimizer.step();
            update += clock.Elapsed;
        }

        var total = (forward + backward + update).TotalSeconds;
        var seconds = conditions.ProcessorTime ? (Environment.CpuUsage.TotalTime - begin).TotalSeconds : total;
        return new(
            cell.Batch * cell.Steps / seconds, 0, forward.TotalSeconds / total, backward.TotalSeconds / total, update.TotalSeconds / total);
    }
}

using Dml.Training.Batches;

namespace Dml.Benchmarks;

/// <summary>Repeats one batch of noise, so that only the time of the network is measured.</summary>
internal sealed class NoiseBatches(int inputSize, int batchSize, int batches, int classes) : IBatchSource
{
    public int ClassCount => classes;

    public int InputSize => inputSize;

    public int BatchesPerEpoch => batches;

    public IEnumerable<Batch> Unchanged(CancellationToken cancel) => Epoch(0, cancel).Take(1);

    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel)
    {
        var random = new Random(1);
        var pixels = new byte[batchSize * inputSize * inputSize * 3];
        random.NextBytes(pixels);
        var labels = new long[batchSize];
        for (var i = 0; i < batchSize; i++)
        {
            labels[i] = random.Next(classes);
        }

        return Enumerable.Repeat(new Batch(pixels, labels, [.. Enumerable.Range(0, batchSize)]), batches);
    }
}

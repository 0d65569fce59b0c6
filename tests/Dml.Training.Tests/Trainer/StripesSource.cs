using Dml.Training.Batches;

namespace Dml.Training.Tests.Trainer;

/// <summary>Pictures that a small network can tell apart: each class is a stripe pattern of its own colour, with noise.</summary>
internal sealed class StripesSource(int classes, int side, int batchesPerEpoch, int perClass) : IBatchSource
{
    public int ClassCount => classes;

    public int InputSize => side;

    public int BatchesPerEpoch => batchesPerEpoch;

    public IEnumerable<Batch> Unchanged(CancellationToken cancel) => Epoch(0, cancel).Take(1);

    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel)
    {
        var random = new Random(epoch);
        for (var b = 0; b < batchesPerEpoch; b++)
        {
            var labels = Enumerable.Range(0, classes * perClass).Select(i => (long)(i % classes)).ToArray();
            var rgb = new byte[labels.Length * side * side * 3];
            for (var i = 0; i < rgb.Length; i++)
            {
                var (picture, x, channel) = (i / (side * side * 3), i / 3 % side, i % 3);
                var label = labels[picture];
                var signal = ((x * (label + 1) / 3) + channel) % 3 == 0 ? 160 : 60;
                rgb[i] = (byte)(signal + random.Next(60));
            }

            yield return new Batch(rgb, labels, [.. Enumerable.Range(0, labels.Length)]);
        }
    }
}

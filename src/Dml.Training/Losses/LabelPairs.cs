using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>The ordered pairs of a batch, anchors first, by whether their classes agree.</summary>
internal sealed class LabelPairs
{
    private LabelPairs(Tensor positive, Tensor negative) => (Positive, Negative) = (positive, negative);

    /// <summary>Shape [anchors, batch], bool: the same class, and not the row itself.</summary>
    internal Tensor Positive { get; }

    /// <summary>Shape [anchors, batch], bool: different classes.</summary>
    internal Tensor Negative { get; }

    /// <param name="labels">The classes of the rows.</param>
    /// <param name="device">Where.</param>
    /// <param name="anchors">Rows, from the first on, that are anchors; null means all.</param>
    internal static LabelPairs Of(long[] labels, Device device, int? anchors = null)
    {
        var count = anchors ?? labels.Length;
        var column = torch.tensor(labels).to(device);
        var same = column.narrow(0, 0, count).unsqueeze(1).eq(column.unsqueeze(0));
        var self = eye(labels.Length, dtype: ScalarType.Bool).to(device).narrow(0, 0, count);
        return new(same.logical_and(self.logical_not()), same.logical_not());
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>The ordered pairs of a batch by whether their classes agree.</summary>
internal sealed class LabelPairs
{
    private LabelPairs(Tensor positive, Tensor negative) => (Positive, Negative) = (positive, negative);

    /// <summary>Shape [batch, batch], bool: the same class, and not the row itself.</summary>
    internal Tensor Positive { get; }

    /// <summary>Shape [batch, batch], bool: different classes.</summary>
    internal Tensor Negative { get; }

    internal static LabelPairs Of(long[] labels, Device device)
    {
        var column = torch.tensor(labels).to(device);
        var same = column.unsqueeze(1).eq(column.unsqueeze(0));
        var self = eye(labels.Length, dtype: ScalarType.Bool).to(device);
        return new(same.logical_and(self.logical_not()), same.logical_not());
    }
}

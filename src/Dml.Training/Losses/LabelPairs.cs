using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>Which ordered pairs of a batch are of one class and which are not.</summary>
internal sealed class LabelPairs
{
    private LabelPairs(Tensor positive, Tensor negative) => (Positive, Negative) = (positive, negative);

    /// <summary>Shape [batch, batch], bool: same class, and not the row itself.</summary>
    internal Tensor Positive { get; }

    /// <summary>Shape [batch, batch], bool: different classes.</summary>
    internal Tensor Negative { get; }

    internal static LabelPairs Of(long[] labels, Device device)
    {
        var column = torch.tensor(labels).to(device);
        var same = column.unsqueeze(1).eq(column.unsqueeze(0));
        return new(same.logical_and(eye(labels.Length, dtype: ScalarType.Bool).to(device).logical_not()), same.logical_not());
    }
}

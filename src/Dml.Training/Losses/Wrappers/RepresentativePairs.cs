using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>Pairs of the samples of a batch with its representatives, which are the first rows of their classes.</summary>
/// <param name="Distances">Squared Euclidean distances, [samples, representatives].</param>
/// <param name="Positives">Bool, same shape: the sample's own representative, unless both show the same picture.</param>
/// <param name="Negatives">Bool, same shape: the representative of another class.</param>
/// <param name="Own">Shape [samples, 1]: the index of the sample's own representative.</param>
internal sealed record RepresentativePairs(Tensor Distances, Tensor Positives, Tensor Negatives, Tensor Own)
{
    /// <summary>The pairs of the rows as given.</summary>
    /// <param name="rows">Shape [batch, dimension].</param>
    /// <param name="labels">Class of every row.</param>
    /// <param name="pictures">Picture that every row shows; empty if not known.</param>
    internal static RepresentativePairs Of(Tensor rows, long[] labels, int[] pictures)
    {
        var first = new Dictionary<long, int>();
        var (representatives, samples) = (new List<int>(), new List<int>());
        for (var i = 0; i < labels.Length; i++)
        {
            if (first.TryAdd(labels[i], representatives.Count))
            {
                representatives.Add(i);
            }
            else
            {
                samples.Add(i);
            }
        }

        var own = tensor(samples.Select(i => (long)first[labels[i]]).ToArray(), ScalarType.Int64).to(rows.device).unsqueeze(1);
        bool[] differs = [.. samples.Select(i => pictures.Length == 0 || pictures[i] != pictures[representatives[first[labels[i]]]])];
        var different = tensor(differs).to(rows.device).unsqueeze(1);
        var same = own.eq(arange(representatives.Count).to(rows.device).unsqueeze(0));
        return new(Squared(Rows(samples), Rows(representatives)), same.logical_and(different), same.logical_not(), own);

        Tensor Rows(List<int> places)
            => rows.index_select(0, tensor(places.Select(i => (long)i).ToArray(), ScalarType.Int64).to(rows.device));
    }

    private static Tensor Squared(Tensor left, Tensor right) =>
        (left.square().sum(1, keepdim: true) + right.square().sum(1).unsqueeze(0) - (left.matmul(right.t()) * 2)).clamp(min: 0);
}

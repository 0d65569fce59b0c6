using Dml.Training.Numerics;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Gaussian;

/// <summary>
/// Splits classes into sub-classes by fitting a mixture of Gaussians to each, as in the training script of pedrodiamel/ferattention.
/// Classes of fewer than 100 pictures stay whole, as that script intends.
/// </summary>
internal static class SubclassDiscovery
{
    private const int SmallestParted = 100;
    private const int PicturesOfComponent = 10;

    /// <summary>The sub-class of every picture, numbered consecutively; every sub-class is within one class.</summary>
    /// <param name="embeddings">Shape [pictures, dimension].</param>
    /// <param name="labels">Class of every picture.</param>
    /// <param name="components">Maximum number of sub-classes of a class.</param>
    /// <param name="seed">Seed of the initial mixtures.</param>
    internal static long[] Part(Tensor embeddings, IReadOnlyList<int> labels, int components, int seed)
    {
        var dimension = (int)embeddings.shape[1];
        var subclasses = new long[labels.Count];
        var next = 0L;
        foreach (var group in Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key))
        {
            int[] members = [.. group];
            var parts = members.Length < SmallestParted ? 1 : Math.Min(members.Length / PicturesOfComponent, components);
            using var scope = NewDisposeScope();
            var places = tensor(members.Select(i => (long)i).ToArray()).to(embeddings.device);
            var rows = embeddings.index_select(0, places).ToFloats();
            var mixture = parts > 1 ? GaussianMixture.Fit(rows, dimension, parts, Seeds.Mix(seed, (int)next)) : null;
            // A component that is the most likely one of no picture leaves no gap in the numbers.
            var numbers = new Dictionary<int, long>();
            for (var i = 0; i < members.Length; i++)
            {
                var component = mixture?.Assign(rows.AsSpan(i * dimension, dimension)) ?? 0;
                if (!numbers.TryGetValue(component, out var number))
                {
                    numbers[component] = number = next++;
                }

                subclasses[members[i]] = number;
            }
        }

        return subclasses;
    }
}

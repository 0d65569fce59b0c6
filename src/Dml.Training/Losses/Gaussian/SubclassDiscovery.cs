using Dml.Training.Numerics;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Gaussian;

/// <summary>
/// Parts classes into sub-classes by a mixture of Gaussians within each: pedrodiamel/ferattention's training script, whose classes of fewer than 100 pictures are meant to stay whole.
/// </summary>
internal static class SubclassDiscovery
{
    private const int SmallestParted = 100;
    private const int PicturesOfComponent = 10;

    /// <summary>A sub-class for every picture, numbered consecutively; none crosses a class.</summary>
    /// <param name="embeddings">Shape [pictures, dimension].</param>
    /// <param name="labels">Classes.</param>
    /// <param name="components">Most sub-classes of a class.</param>
    /// <param name="seed">Seed of the mixtures' starts.</param>
    internal static long[] Part(Tensor embeddings, IReadOnlyList<int> labels, int components, int seed)
    {
        var dimension = (int)embeddings.shape[1];
        var subclasses = new long[labels.Count];
        var next = 0L;
        foreach (var members in Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => g.ToArray()))
        {
            var parts = members.Length < SmallestParted ? 1 : Math.Min(members.Length / PicturesOfComponent, components);
            using var scope = NewDisposeScope();
            var rows = embeddings.index_select(0, tensor(members.Select(i => (long)i).ToArray()).to(embeddings.device)).ToFloats();
            var mixture = parts > 1 ? GaussianMixture.Fit(rows, dimension, parts, Seeds.Mix(seed, (int)next)) : null;
            // Components that no picture is likeliest of leave no gap in the numbers.
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

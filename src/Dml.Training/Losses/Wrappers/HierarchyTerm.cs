using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// The cost of a triplet whose common ancestors are not in order: two related points must share a proxy that is far from the third, and all
/// three must share one above it.
/// S. Kim, B. Jeong, S. Kwak, "HIER", CVPR 2023, arXiv 2212.14258, eq. 5 and the published code.
/// </summary>
internal static class HierarchyTerm
{
    // Triplets that are processed together; every triplet has a distance to every proxy.
    internal const int Chunk = 512;

    /// <summary>The mean cost of all triplets, with gradient to the distances; 0 if there are none.</summary>
    /// <param name="distances">Distances of points to proxies, [points, proxies].</param>
    /// <param name="triplets">Triplets of points.</param>
    /// <param name="margin">How much closer the ancestor must be.</param>
    /// <param name="temperature">tau, above 0.</param>
    internal static Tensor Mean(Tensor distances, HierarchyTriplets triplets, double margin, double temperature)
    {
        using var scope = NewDisposeScope();
        var count = triplets.Anchors.shape[0];
        if (count == 0)
        {
            return (distances.sum() * 0).MoveToOuterDisposeScope();
        }

        // Gradients are computed chunk by chunk down to the distances: the graph of all triplets would be gigabytes.
        var needed = distances.requires_grad && is_grad_enabled();
        var leaf = distances.detach();
        var gradient = zeros_like(leaf);
        var sum = zeros([]).to(leaf);
        for (var first = 0L; first < count; first += Chunk)
        {
            using var inner = NewDisposeScope();
            var length = Math.Min(Chunk, count - first);
            var at = leaf.clone().requires_grad_(needed);
            Tensor Part(Tensor places) => at.index_select(0, places.narrow(0, first, length));
            var noise = (Noise(), Noise());
            var costs = Values(Part(triplets.Anchors), Part(triplets.Positives), Part(triplets.Others), noise, margin, temperature);
            var part = costs.sum();
            if (needed)
            {
                gradient.add_(autograd.grad([part], [at])[0]);
            }

            sum.add_(part.detach());

            Tensor Noise() => Gumbel([length, leaf.shape[1]]).to(leaf);
        }

        // The value is the mean, and its gradient the accumulated one.
        var slope = (distances * (gradient / count)).sum();
        return ((sum / count) + slope - slope.detach()).MoveToOuterDisposeScope();
    }

    /// <summary>The cost of each triplet, [triplets].</summary>
    /// <param name="anchors">Distances of the anchors to the proxies, [triplets, proxies].</param>
    /// <param name="positives">Distances of the positives.</param>
    /// <param name="others">Distances of the others.</param>
    /// <param name="noise">Gumbel noise of the two draws of an ancestor.</param>
    /// <param name="margin">How much closer the ancestor must be.</param>
    /// <param name="temperature">tau.</param>
    internal static Tensor Values(
        Tensor anchors,
        Tensor positives,
        Tensor others,
        (Tensor Two, Tensor Three) noise,
        double margin,
        double temperature)
    {
        var two = anchors.maximum(positives);
        var ofTwo = Drawn(two, noise.Two, temperature);
        var ofThree = Drawn(two.maximum(others), noise.Three, temperature);
        Tensor To(Tensor distances, Tensor ancestor) => (distances * ancestor).sum(1);
        var cost = (To(anchors, ofTwo) - To(anchors, ofThree) + margin).relu()
            + (To(positives, ofTwo) - To(positives, ofThree) + margin).relu()
            + (To(others, ofThree) - To(others, ofTwo) + margin).relu();
        return cost * ofTwo.detach().argmax(1).ne(ofThree.detach().argmax(1)).to(cost);
    }

    // One proxy per row, drawn by proximity: one-hot forward, softmax backward (E. Jang, S. Gu, B. Poole, arXiv 1611.01144,
    // straight-through).
    private static Tensor Drawn(Tensor distances, Tensor noise, double temperature)
    {
        var soft = ((distances / -temperature) + noise).softmax(1);
        var likeliest = soft.detach().argmax(1, keepdim: true);
        var hard = zeros_like(soft).scatter(1, likeliest, ones([soft.shape[0], 1]).to(soft));
        return hard - soft.detach() + soft;
    }

    private static Tensor Gumbel(long[] shape) => -(-rand(shape).clamp(min: 1e-20).log()).clamp(min: 1e-20).log();
}

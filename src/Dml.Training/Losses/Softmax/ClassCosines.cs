using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Softmax;

/// <summary>The cross-entropy of a softmax over the cosines between rows and the vectors of the classes.</summary>
internal static class ClassCosines
{
    /// <summary>The largest cosine between each row and the vectors of each class, [batch, classes].</summary>
    /// <param name="rows">Embeddings of any length, [batch, dimension].</param>
    /// <param name="vectors">The vectors of a class end to end, [classes x centres, dimension].</param>
    /// <param name="centres">Vectors of a class.</param>
    internal static Tensor Of(Tensor rows, Tensor vectors, int centres)
    {
        using var scope = NewDisposeScope();
        var cosines = F.normalize(rows).matmul(F.normalize(vectors).t());
        return (centres == 1 ? cosines : cosines.view(rows.shape[0], -1, centres).amax([2])).MoveToOuterDisposeScope();
    }

    /// <summary>The mean cross-entropy of softmax(scale cosines), in which the cosine of the own class is replaced.</summary>
    /// <param name="cosines">Shape [batch, classes].</param>
    /// <param name="labels">The own classes.</param>
    /// <param name="scale">Above 0.</param>
    /// <param name="margined">From the own cosines, [batch, 1], to what takes their place.</param>
    internal static Tensor Entropy(Tensor cosines, long[] labels, double scale, Func<Tensor, Tensor> margined)
    {
        using var scope = NewDisposeScope();
        var target = torch.tensor(labels).to(cosines.device);
        var own = cosines.gather(1, target.unsqueeze(1));
        var isOwn = arange(cosines.shape[1]).to(cosines.device).unsqueeze(0).eq(target.unsqueeze(1));
        var logits = where(isOwn, margined(own), cosines) * scale;
        return F.cross_entropy(logits, target).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// Hyperbolic space as a ball of radius 1 / sqrt(c), with the constants and clamps of the published code of S. Kim, B. Jeong, S. Kwak,
/// "HIER", CVPR 2023, arXiv 2212.14258.
/// Distances follow V. Khrulkov et al., "Hyperbolic Image Embeddings", CVPR 2020, arXiv 1904.02239.
/// </summary>
internal static class PoincareBall
{
    // Keeps points away from the rim, where distances are infinite.
    private const double Rim = 1e-3;

    /// <summary>Cuts rows to a length of at most <paramref name="limit"/>.</summary>
    internal static Tensor Clip(Tensor rows, double limit)
    {
        using var scope = NewDisposeScope();
        return (rows * (limit / (Length(rows) + 1e-5)).clamp(max: 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The exponential map at 0: tangent vectors [n, dimension] to points of the ball.</summary>
    internal static Tensor FromTangent(Tensor vectors, double c)
    {
        using var scope = NewDisposeScope();
        var root = Math.Sqrt(c);
        var scaled = Length(vectors).clamp(min: 1e-5) * root;
        return Inside(scaled.clamp(-15, 15).tanh() * vectors / scaled, c).MoveToOuterDisposeScope();
    }

    /// <summary>The same points, with the gradient of the ball's metric: (1 - c |z|^2)^2 / 4 of the Euclidean one.</summary>
    internal static Tensor WithRiemannianGradient(Tensor points, double c)
    {
        using var scope = NewDisposeScope();
        var scale = (1 - (points.detach().square().sum(1, keepdim: true) * c)).square() / 4;
        return ((points * scale) + (points.detach() * (1 - scale))).MoveToOuterDisposeScope();
    }

    /// <summary>Distances of every row of <paramref name="x"/> to every row of <paramref name="y"/>, [x rows, y rows].</summary>
    internal static Tensor Distances(Tensor x, Tensor y, double c)
    {
        using var scope = NewDisposeScope();
        // |-x (+) y| is computed from lengths and products, because the sums themselves would be [x rows, y rows, dimension].
        var (xx, yy, xy) = (x.square().sum(1, keepdim: true), y.square().sum(1).unsqueeze(0), x.matmul(y.t()) * -1);
        var first = 1 + (xy * (2 * c)) + (yy * c);
        var second = 1 - (xx * c);
        var divisor = 1 + (xy * (2 * c)) + (xx * yy * (c * c)) + 1e-5;
        var squared = (first.square() * xx) + (first * second * xy * 2) + (second.square() * yy);
        var apart = squared.detach().gt(0);
        // The root has no gradient at 0; equal points get a gradient of 0.
        var length = where(apart, where(apart, squared, ones_like(squared)).sqrt(), zeros_like(squared)) / divisor;
        return (Artanh(length * Math.Sqrt(c)) * (2 / Math.Sqrt(c))).MoveToOuterDisposeScope();
    }

    // Values are clamped below 1; gradients pass unchanged.
    private static Tensor Artanh(Tensor value) => (value + (value.detach().clamp(-1 + 1e-5, 1 - 1e-5) - value.detach())).arctanh();

    private static Tensor Inside(Tensor points, double c)
    {
        var limit = (1 - Rim) / Math.Sqrt(c);
        var length = Length(points).clamp(min: 1e-5);
        return where(length.gt(limit), points / length * limit, points);
    }

    // The gradient of a zero row is 0, as published.
    private static Tensor Length(Tensor rows)
    {
        var squared = rows.square().sum(1, keepdim: true);
        var some = squared.detach().gt(0);
        return where(some, where(some, squared, ones_like(squared)).sqrt(), zeros_like(squared));
    }
}

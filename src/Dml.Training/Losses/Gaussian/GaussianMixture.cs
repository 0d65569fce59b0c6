using System.Numerics.Tensors;
using Dml.Training.Numerics;

namespace Dml.Training.Losses.Gaussian;

/// <summary>
/// A mixture of Gaussians fitted by expectation-maximisation (A. P. Dempster, N. M. Laird, D. B. Rubin, 1977) from k-means clusters.
/// Covariances are full if there are at least five rows per dimension, diagonal otherwise; a ridge keeps them invertible.
/// </summary>
internal sealed class GaussianMixture
{
    private const double Ridge = 1e-6;
    private const double Settled = 1e-6;
    private readonly int _dimension;
    private readonly bool _full;

    private GaussianMixture(int rows, int dimension, int components)
    {
        _dimension = dimension;
        _full = rows >= 5 * dimension;
        Weights = new double[components];
        Means = new double[components][];
        _factors = new double[components][];
    }

    // Lower Cholesky factors, row-major; for a diagonal covariance only the square roots of its diagonal.
    private readonly double[][] _factors;

    /// <summary>Share of each component; the shares sum to 1.</summary>
    internal double[] Weights { get; }

    /// <summary>Mean of each component.</summary>
    internal double[][] Means { get; }

    /// <summary>Mean log-likelihood of a row after every step; it falls only by rounding and the ridge.</summary>
    internal List<double> LogLikelihoods { get; } = [];

    /// <summary>Fits a mixture.</summary>
    /// <param name="rows">Shape [rows, dimension], row-major.</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="components">Number of components, 1 to the number of rows.</param>
    /// <param name="seed">Seed of the initial clusters.</param>
    /// <param name="steps">Maximum number of steps.</param>
    internal static GaussianMixture Fit(float[] rows, int dimension, int components, int seed, int steps = 100)
    {
        var points = rows.Chunk(dimension).Select(row => row.Select(v => (double)v).ToArray()).ToArray();
        var mixture = new GaussianMixture(points.Length, dimension, components);
        var clusters = KMeans.Cluster(rows, dimension, components, seed);
        double[][] shares = [.. clusters.Select(own => Enumerable.Range(0, components).Select(c => own == c ? 1.0 : 0).ToArray())];
        for (var step = 0; step < steps; step++)
        {
            mixture.Maximise(points, shares);
            mixture.LogLikelihoods.Add(points.Select((point, i) => mixture.Expect(point, shares[i])).Average());
            if (step > 0 && mixture.LogLikelihoods[^1] - mixture.LogLikelihoods[^2] < Settled)
            {
                break;
            }
        }

        return mixture;
    }

    /// <summary>The most likely component of a row.</summary>
    internal int Assign(ReadOnlySpan<float> row)
    {
        var point = new double[_dimension];
        TensorPrimitives.ConvertChecked(row, point);
        var shares = new double[Weights.Length];
        Expect(point, shares);
        return TensorPrimitives.IndexOfMax<double>(shares);
    }

    /// <summary>Writes the components' shares of a row and returns the row's log-likelihood.</summary>
    internal double Expect(double[] point, double[] shares)
    {
        for (var c = 0; c < shares.Length; c++)
        {
            shares[c] = Weights[c] > 0 ? Math.Log(Weights[c]) + LogDensity(point, c) : double.NegativeInfinity;
        }

        var largest = shares.Max();
        var sum = shares.Sum(s => Math.Exp(s - largest));
        for (var c = 0; c < shares.Length; c++)
        {
            shares[c] = Math.Exp(shares[c] - largest) / sum;
        }

        return largest + Math.Log(sum);
    }

    private double LogDensity(double[] point, int component)
    {
        var (mean, factor) = (Means[component], _factors[component]);
        var (distance, logRoot) = (0.0, 0.0);
        var solved = new double[_dimension];
        for (var i = 0; i < _dimension; i++)
        {
            var row = _full ? factor.AsSpan(i * _dimension, i) : [];
            var pivot = _full ? factor[(i * _dimension) + i] : factor[i];
            solved[i] = (point[i] - mean[i] - (_full ? TensorPrimitives.Dot<double>(row, solved.AsSpan(0, i)) : 0)) / pivot;
            distance += solved[i] * solved[i];
            logRoot += Math.Log(pivot);
        }

        return -0.5 * ((_dimension * Math.Log(2 * Math.PI)) + distance) - logRoot;
    }

    private void Maximise(double[][] points, double[][] shares)
    {
        for (var c = 0; c < Weights.Length; c++)
        {
            var total = shares.Sum(s => s[c]);
            Weights[c] = total / points.Length;
            if (total <= 0)
            {
                // A component without rows keeps its mean and has no weight.
                Means[c] ??= new double[_dimension];
                _factors[c] ??= [.. Enumerable.Repeat(1.0, _full ? _dimension * _dimension : _dimension)];
                continue;
            }

            var mean = new double[_dimension];
            for (var i = 0; i < points.Length; i++)
            {
                TensorPrimitives.MultiplyAdd(points[i], shares[i][c] / total, mean, mean);
            }

            Means[c] = mean;
            _factors[c] = _full ? Cholesky(Covariance(points, shares, c, total)) : Deviations(points, shares, c, total);
        }
    }

    private double[] Deviations(double[][] points, double[][] shares, int component, double total)
    {
        var variances = new double[_dimension];
        for (var i = 0; i < points.Length; i++)
        {
            for (var d = 0; d < _dimension; d++)
            {
                var apart = points[i][d] - Means[component][d];
                variances[d] += shares[i][component] / total * apart * apart;
            }
        }

        return [.. variances.Select(v => Math.Sqrt(v + Ridge))];
    }

    private double[] Covariance(double[][] points, double[][] shares, int component, double total)
    {
        var covariance = new double[_dimension * _dimension];
        var apart = new double[_dimension];
        for (var i = 0; i < points.Length; i++)
        {
            TensorPrimitives.Subtract(points[i], Means[component], apart);
            for (var d = 0; d < _dimension; d++)
            {
                var row = covariance.AsSpan(d * _dimension, d + 1);
                TensorPrimitives.MultiplyAdd(apart.AsSpan(0, d + 1), shares[i][component] / total * apart[d], row, row);
            }
        }

        return covariance;
    }

    // Factors the lower triangle, with the ridge on its diagonal, in place.
    private double[] Cholesky(double[] matrix)
    {
        for (var i = 0; i < _dimension; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var inner = TensorPrimitives.Dot<double>(matrix.AsSpan(i * _dimension, j), matrix.AsSpan(j * _dimension, j));
                var rest = matrix[(i * _dimension) + j] - inner;
                matrix[(i * _dimension) + j] = i == j ? Math.Sqrt(Math.Max(rest + Ridge, Ridge)) : rest / matrix[(j * _dimension) + j];
            }
        }

        return matrix;
    }
}

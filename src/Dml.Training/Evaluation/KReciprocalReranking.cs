using Dml.Training.Numerics;

namespace Dml.Training.Evaluation;

/// <summary>
/// Z. Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017, arXiv 1701.08398; an inference strategy of
/// Group Loss++ (arXiv 2204.01509). Two pictures are near when they share neighbours that are neighbours in both directions: (1 - lambda) *
/// Jaccard distance of the neighbourhoods + lambda * distance. Distances are squared and divided by the greatest of their row. Asks for all
/// distances between all pictures: count^2 floats.
/// </summary>
internal sealed class KReciprocalReranking
{
    private readonly float[] _distances;
    private readonly int _count;
    private readonly RerankingOptions _options;
    private readonly int[][] _ranking;
    private readonly (int Row, float Weight)[][] _neighbourhoods;
    private readonly List<(int Row, float Weight)>[] _members;

    /// <param name="squares">Squared distances, [count, count]; changed.</param>
    /// <param name="count">Pictures.</param>
    /// <param name="options">The constants.</param>
    public KReciprocalReranking(float[] squares, int count, RerankingOptions options)
    {
        (_distances, _count, _options) = (squares, count, options);
        for (var row = 0; row < count; row++)
        {
            var own = _distances.AsSpan(row * count, count);
            var greatest = 0f;
            foreach (var distance in own)
            {
                greatest = Math.Max(greatest, distance);
            }

            for (var i = 0; i < count && greatest > 0; i++)
            {
                own[i] /= greatest;
            }
        }

        _ranking = Rank(Math.Min(count, Math.Max(options.K1 + 1, options.K2)));
        var sets = new (int, float)[count][];
        Parallel.For(0, count, row => sets[row] = Neighbourhood(row));
        _neighbourhoods = new (int, float)[count][];
        Parallel.For(0, count, row => _neighbourhoods[row] = options.K2 > 1 ? MeanOf(sets, _ranking[row].Take(options.K2)) : sets[row]);
        _members = [.. Enumerable.Range(0, count).Select(_ => new List<(int, float)>())];
        for (var row = 0; row < count; row++)
        {
            foreach (var (member, weight) in _neighbourhoods[row])
            {
                _members[member].Add((row, weight));
            }
        }
    }

    /// <summary>The new distances of one picture to all.</summary>
    /// <param name="row">The picture.</param>
    /// <param name="target">[count], written here.</param>
    public void Distances(int row, Span<float> target)
    {
        target.Clear();
        foreach (var (member, weight) in _neighbourhoods[row])
        {
            foreach (var (other, its) in _members[member])
            {
                target[other] += Math.Min(weight, its);
            }
        }

        var lambda = (float)_options.Lambda;
        for (var i = 0; i < _count; i++)
        {
            target[i] = ((1 - lambda) * (1 - (target[i] / (2 - target[i])))) + (lambda * _distances[(row * _count) + i]);
        }
    }

    // The nearest of every row, itself first.
    private int[][] Rank(int kept)
    {
        var ranked = new int[_count][];
        Parallel.For(0, _count, () => (Order: new ScoreOrder(), Scores: new float[_count]), (row, _, workspace) =>
        {
            for (var i = 0; i < _count; i++)
            {
                workspace.Scores[i] = i == row ? 1 : -_distances[(row * _count) + i];
            }

            ranked[row] = workspace.Order.Of(workspace.Scores)[..kept].ToArray();
            return workspace;
        }, _ => { });
        return ranked;
    }

    private List<int> Reciprocal(int row, int k) =>
        [.. _ranking[row].Take(k + 1).Where(other => Array.IndexOf(_ranking[other], row, 0, Math.Min(k + 1, _ranking[other].Length)) >= 0)];

    private (int, float)[] Neighbourhood(int row)
    {
        var near = Reciprocal(row, _options.K1);
        var nearSet = near.ToHashSet();
        var all = near.ToHashSet();
        foreach (var candidate in near)
        {
            // Half to even, as the published code rounds.
            var its = Reciprocal(candidate, (int)Math.Round(_options.K1 / 2.0, MidpointRounding.ToEven));
            if (its.Count(nearSet.Contains) * 3 > its.Count * 2)
            {
                all.UnionWith(its);
            }
        }

        (int Row, double Weight)[] weights = [.. all.Order().Select(other => (other, Math.Exp(-_distances[(row * _count) + other])))];
        var sum = weights.Sum(w => w.Weight);
        return [.. weights.Select(w => (w.Row, (float)(w.Weight / sum)))];
    }

    private static (int, float)[] MeanOf((int Row, float Weight)[][] sets, IEnumerable<int> rows)
    {
        var sums = new SortedDictionary<int, float>();
        var taken = 0;
        foreach (var row in rows)
        {
            taken++;
            foreach (var (member, weight) in sets[row])
            {
                sums[member] = sums.GetValueOrDefault(member) + weight;
            }
        }

        return [.. sums.Select(pair => (pair.Key, pair.Value / taken))];
    }
}

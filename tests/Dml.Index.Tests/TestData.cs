namespace Dml.Index.Tests;

/// <summary>Random vectors in clusters, from a seed that is printed with every test that uses it.</summary>
internal sealed class TestData
{
    private readonly Random _random;
    private readonly float[][] _centres;
    private readonly float _spread;
    private readonly bool _unit;

    public TestData(int dimension, int clusters, int seed, float spread = 0.5f, bool unit = true)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        (_random, _spread, _unit) = (new Random(seed), spread, unit);
        _centres = [.. Enumerable.Range(0, clusters).Select(_ => Direction(dimension))];
    }

    public int Clusters => _centres.Length;

    public float[] Draw() => Draw(_random.Next(_centres.Length));

    public float[] Draw(int cluster)
    {
        var centre = _centres[cluster];
        var noise = Direction(centre.Length);
        var vector = new float[centre.Length];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = centre[i] + (_spread * noise[i]);
        }

        return _unit ? Scaled(vector) : vector;
    }

    public float[][] Draw(int count, bool sorted) =>
        [.. Enumerable.Range(0, count).Select(i => sorted ? Draw((int)((long)i * Clusters / count)) : Draw())];

    private static float[] Scaled(float[] vector)
    {
        var length = MathF.Sqrt(vector.Sum(x => x * x));
        return Array.ConvertAll(vector, x => x / length);
    }

    private float[] Direction(int dimension) =>
        Scaled([.. Enumerable.Range(0, dimension).Select(_ => Gaussian())]);

    private float Gaussian() =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
}

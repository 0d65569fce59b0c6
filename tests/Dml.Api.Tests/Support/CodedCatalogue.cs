using Dml.Client;
using Dml.Embedding;
using Dml.Embedding.Labels;

namespace Dml.Api.Tests.Support;

/// <summary>
/// Pictures that name their label and themselves, one white pixel each, and embedders that read both: how much of a label an embedder
/// sees is up to the test, so its quality is known beforehand.
/// </summary>
internal sealed class CodedCatalogue(IReadOnlyList<string> labels, int each)
{
    private const int Dimension = 48;

    public int Items => labels.Count * each;

    /// <summary>The label of an item.</summary>
    public string Label(int item) => labels[item / each];

    public byte[] Picture(int item)
    {
        var rgb = new byte[TinyEmbedder.Side * TinyEmbedder.Side * 3];
        rgb.AsSpan(item / each * 3, 3).Fill(255);
        rgb.AsSpan((labels.Count + item) * 3, 3).Fill(255);
        using var image = VipsImage.FromRgb(rgb, TinyEmbedder.Side, TinyEmbedder.Side);
        return image.Encode(PictureFormat.Png);
    }

    public Task FillAsync(DmlClient client) => Parallel.ForAsync(
        0, Items, TestContext.Current.CancellationToken,
        async (i, cancel) => await client.PutItemAsync($"c{i:d3}", Picture(i), new() { Label = Label(i) }, cancel));

    /// <summary>Writes an embedder: a direction for each label, as long as the test says, plus one of length 1 for each item.</summary>
    /// <param name="folder">Created.</param>
    /// <param name="sight">0: a label's pictures are no more alike than others; 4: they find nothing but each other.</param>
    /// <param name="trainedOn">For its manifest; null: it does not say.</param>
    public void WriteEmbedder(string folder, Func<string, double> sight, IReadOnlyList<string>? trainedOn)
    {
        var name = Path.GetFileName(folder);
        var random = new Random(1);
        var weight = new float[3 * TinyEmbedder.Side * TinyEmbedder.Side * Dimension];
        for (var pixel = 0; pixel < labels.Count + Items; pixel++)
        {
            var length = pixel < labels.Count ? sight(labels[pixel]) : 1;
            var direction = Enumerable.Range(0, Dimension).Select(_ => random.NextDouble() - 0.5).ToArray();
            var scale = length / Math.Sqrt(direction.Sum(x => x * x));
            for (var i = 0; i < Dimension; i++)
            {
                weight[(pixel * Dimension) + i] = (float)(direction[i] * scale);
            }
        }

        TinyEmbedder.Write(
            folder, name, weight, new float[Dimension], mean: 0, std: 1, trainedOn is null ? null : LabelHash.OfAll(trainedOn));
    }
}

using System.Globalization;
using System.Numerics.Tensors;
using Dml.Demo;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>
/// Which rule makes one question of several examples best? For each concept that the embedder was not trained on, some drawings are liked,
/// and of what the first of them finds among the whole demo, the first wrong ones are disliked, as a person would do. The other drawings of
/// the concept are to be found. Exact search; every rule gets the same examples.
/// </summary>
internal static class SeveralExamplesBenchmark
{
    private delegate void Rule(float[][] likes, float[][] dislikes, float[][] gallery, Span<float> scores);

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var draws = options.Number("draws", 5);
        var drawings = EmojiDrawings.Open(Repository.DemoDrawings).Drawings;
        var vectors = await EmbedAsync(model, drawings, cancel);
        var unseen = UnseenConcepts.Of(model);
        var concepts = drawings.Index().Where(drawing => unseen.Contains(drawing.Item.Concept))
            .GroupBy(drawing => drawing.Item.Concept, drawing => drawing.Index).Select(group => group.ToArray()).ToArray();
        var labels = drawings.Select(drawing => drawing.Concept).ToArray();
        Console.WriteLine($"{concepts.Length} unseen concepts of {drawings.Count} drawings, embedder {model}, {draws} draws each");
        Console.WriteLine($"{"likes",5} {"dislikes",8}  {"rule",-34} {"MAP@R",7} {"R@1",7}  {"queries",7}");

        foreach (var (likes, dislikes) in new[] { (1, 0), (2, 0), (3, 0), (4, 0), (1, 1), (1, 3), (2, 1), (2, 3), (3, 3), (3, 6) })
        {
            var sums = Rules().ToDictionary(rule => rule.Name, _ => (Map: 0.0, First: 0.0));
            var random = new Random(1);
            var queries = 0;
            // Two of a concept must be left to be found.
            foreach (var concept in concepts.Where(concept => concept.Length >= likes + 2))
            {
                for (var draw = 0; draw < draws; draw++)
                {
                    cancel.ThrowIfCancellationRequested();
                    var shuffled = concept.ToArray();
                    random.Shuffle(shuffled);
                    var liked = shuffled[..likes];
                    var disliked = Wrong(vectors, labels, liked[0], dislikes);
                    queries++;
                    foreach (var (name, rule) in Rules())
                    {
                        var (map, first) = Measure(rule, vectors, labels, liked, disliked, concept.Length - likes);
                        sums[name] = (sums[name].Map + map, sums[name].First + first);
                    }
                }
            }

            foreach (var (name, sum) in sums)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{likes,5} {dislikes,8}  {name,-34} {sum.Map / queries,7:F4} {sum.First / queries,7:F4}  {queries,7}"));
            }
        }
    }

    private static IEnumerable<(string Name, Rule Rule)> Rules()
    {
        foreach (var beta in new[] { 0f, 0.15f, 0.25f, 0.5f, 0.75f, 1f })
        {
            var name = beta == 0 ? "mean of likes" : string.Create(CultureInfo.InvariantCulture, $"mean - {beta} mean of dislikes");
            yield return (name, (likes, dislikes, gallery, scores) => Rocchio(beta, likes, dislikes, gallery, scores));
        }

        yield return ("best score (Qdrant)", BestScore);
    }

    private static void Rocchio(float beta, float[][] likes, float[][] dislikes, float[][] gallery, Span<float> scores)
    {
        var query = Mean(likes);
        if (dislikes.Length > 0)
        {
            TensorPrimitives.MultiplyAdd(Mean(dislikes), -beta, query, query);
        }

        for (var i = 0; i < gallery.Length; i++)
        {
            scores[i] = TensorPrimitives.Dot(query, gallery[i]);
        }
    }

    // The nearest like rules as long as it is nearer than the nearest dislike. What is nearer to a dislike comes last, the nearest of all
    // at the end.
    private static void BestScore(float[][] likes, float[][] dislikes, float[][] gallery, Span<float> scores)
    {
        for (var i = 0; i < gallery.Length; i++)
        {
            var item = gallery[i];
            var like = likes.Max(example => TensorPrimitives.Dot(example, item));
            var dislike = dislikes.Length == 0 ? float.NegativeInfinity : dislikes.Max(example => TensorPrimitives.Dot(example, item));
            scores[i] = like > dislike ? like + 10 : -dislike;
        }
    }

    private static float[] Mean(float[][] vectors)
    {
        var mean = new float[vectors[0].Length];
        foreach (var vector in vectors)
        {
            TensorPrimitives.Add(mean, vector, mean);
        }

        TensorPrimitives.Divide(mean, vectors.Length, mean);
        return mean;
    }

    private static int[] Wrong(float[][] vectors, string[] labels, int query, int count)
    {
        var scores = vectors.Select(vector => -TensorPrimitives.Dot(vector, vectors[query])).ToArray();
        var order = Enumerable.Range(0, vectors.Length).ToArray();
        Array.Sort(scores, order);
        return [.. order.Where(place => labels[place] != labels[query]).Take(count)];
    }

    // The examples themselves are no answers.
    private static (double Map, double First) Measure(
        Rule rule, float[][] vectors, string[] labels, int[] liked, int[] disliked, int relevant)
    {
        var scores = new float[vectors.Length];
        rule(Array.ConvertAll(liked, i => vectors[i]), Array.ConvertAll(disliked, i => vectors[i]), vectors, scores);
        var order = Enumerable.Range(0, vectors.Length).Except(liked).Except(disliked).ToArray();
        Array.Sort(Array.ConvertAll(order, i => -scores[i]), order);
        var (right, sum) = (0, 0.0);
        for (var rank = 0; rank < relevant; rank++)
        {
            if (labels[order[rank]] == labels[liked[0]])
            {
                sum += (double)++right / (rank + 1);
            }
        }

        return (sum / relevant, labels[order[0]] == labels[liked[0]] ? 1 : 0);
    }

    private static async Task<float[][]> EmbedAsync(string model, IReadOnlyList<EmojiDrawing> drawings, CancellationToken cancel)
    {
        using var embedder = Embedder.Open(Path.Combine(Repository.Models, model), new() { Workers = Environment.ProcessorCount });
        var vectors = new float[drawings.Count][];
        await Parallel.ForAsync(0, drawings.Count, cancel, async (i, stop) =>
        {
            var result = await embedder.EmbedAsync(drawings[i].RenderPng(128), stop);
            vectors[i] = result.Vector ?? throw new InvalidDataException($"{drawings[i].Id}: {result.Error?.Message}");
        });
        return vectors;
    }
}

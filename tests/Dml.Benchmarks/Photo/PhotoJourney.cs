using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Dml.Api.Generations;
using Dml.Embedding;
using Dml.Training.Commands;
using Dml.Training.Data;
using Dml.Training.Runs;

namespace Dml.Benchmarks.Photo;

/// <summary>
/// What somebody meets who brings 128 photos: eight of Grocery Store's classes 41-80, 16 photos each to search in and 4 to ask with, drawn
/// by seed. R@1 and MAP@R of the questions among the 128, means over the draws. With a recipe, the 128 are what it is trained on, as
/// <c>dml train</c> and <c>dml export</c> do it in the current folder.
/// </summary>
internal static class PhotoJourney
{
    private const int Folders = 8;
    private const int Known = 16;
    private const int Asked = 4;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var groceries = options.Text("grocery");
        var (models, draws) = (options.Text("models", "emoji,photo").Split(','), options.Number("draws", 10));
        var recipe = options.Text("recipe", "");
        options.RefuseOthers();
        var pictures = GroceryStoreDataset.Open(new() { Folder = groceries }, Directory.GetCurrentDirectory()).Pictures
            .Where(picture => picture.Part == PicturePart.Test)
            .GroupBy(picture => picture.Class)
            .Where(group => group.Count() >= Known + Asked)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.OrderBy(picture => picture.Id, StringComparer.Ordinal).ToArray())
            .ToArray();
        Console.WriteLine($"{draws} draws, seeds 0 to {draws - 1}, of {Folders} among {pictures.Length} classes");
        Console.WriteLine("| embedder | R@1 | MAP@R | least R@1 of a draw | least MAP@R |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var model in models)
        {
            using var embedder = Embedder.Open(Path.Combine("models", model));
            var vectors = new Dictionary<string, float[]>();
            var results = new List<(double Recall, double Map)>();
            for (var seed = 0; seed < draws; seed++)
            {
                results.Add(await AskAsync(Draw(pictures, seed), embedder, vectors, cancel));
            }

            Print(model, results);
        }

        if (recipe.Length > 0)
        {
            var results = new List<(double Recall, double Map)>();
            for (var seed = 0; seed < draws; seed++)
            {
                var draw = Draw(pictures, seed);
                var watch = Stopwatch.StartNew();
                using var embedder = Embedder.Open(await TrainAsync(recipe, seed, draw.Gallery, cancel));
                Console.Error.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"draw {seed}: trained in {watch.Elapsed.TotalSeconds:F0} s"));
                results.Add(await AskAsync(draw, embedder, [], cancel));
            }

            Print(recipe, results);
        }
    }

    private static void Print(string name, List<(double Recall, double Map)> results) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {results.Average(r => r.Recall):F3} | {results.Average(r => r.Map):F3} "
        + $"| {results.Min(r => r.Recall):F3} | {results.Min(r => r.Map):F3} |"));

    // The folder of the embedder that it made.
    private static async Task<string> TrainAsync(string recipe, int seed, List<LabelledPicture> gallery, CancellationToken cancel)
    {
        var work = Path.Combine("runs", "journey", seed.ToString(CultureInfo.InvariantCulture));
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        foreach (var picture in gallery)
        {
            var folder = Directory.CreateDirectory(Path.Combine(work, "pictures", picture.Class)).FullName;
            await File.WriteAllBytesAsync(Path.Combine(folder, Path.GetFileName(picture.Id)), picture.Load(), cancel);
        }

        var workplace = Workplace.Here(TextWriter.Null);
        var (run, embedder) = (Path.Combine(work, "run"), Path.Combine(work, "embedder"));
        string[] train = [recipe, "--run", run, "--set", $"dataset.folder={Path.Combine(work, "pictures")}"];
        var direct = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        await TrainCommand.Create(workplace).Parse(train).InvokeAsync(direct, cancel);
        await ExportCommand.Create(workplace).Parse([run, "--out", embedder]).InvokeAsync(direct, cancel);
        return embedder;
    }

    private static (List<LabelledPicture> Gallery, List<LabelledPicture> Queries) Draw(LabelledPicture[][] classes, int seed)
    {
        var random = new Random(seed);
        var chosen = classes.ToArray();
        random.Shuffle(chosen);
        var (gallery, queries) = (new List<LabelledPicture>(), new List<LabelledPicture>());
        foreach (var group in chosen.Take(Folders).Select(group => group.ToArray()))
        {
            random.Shuffle(group);
            gallery.AddRange(group.Take(Known));
            queries.AddRange(group.Skip(Known).Take(Asked));
        }

        return (gallery, queries);
    }

    private static async Task<(double Recall, double Map)> AskAsync(
        (List<LabelledPicture> Gallery, List<LabelledPicture> Queries) draw, Embedder embedder, Dictionary<string, float[]> vectors,
        CancellationToken cancel)
    {
        var (gallery, queries) = draw;
        foreach (var picture in gallery.Concat(queries).Where(picture => !vectors.ContainsKey(picture.Id)))
        {
            vectors[picture.Id] = (await embedder.EmbedAsync(picture.Load(), cancel)).Vector
                ?? throw new InvalidDataException($"{picture.Id} cannot be embedded.");
        }

        var (recall, map) = (0.0, 0.0);
        foreach (var query in queries)
        {
            var ranked = gallery.OrderByDescending(item => DotProduct.Of(vectors[item.Id], vectors[query.Id])).ToArray();
            var hits = 0;
            recall += ranked[0].Class == query.Class ? 1 : 0;
            for (var rank = 0; rank < Known; rank++)
            {
                if (ranked[rank].Class == query.Class)
                {
                    hits++;
                    map += (double)hits / (rank + 1) / Known;
                }
            }
        }

        return (recall / queries.Count, map / queries.Count);
    }
}

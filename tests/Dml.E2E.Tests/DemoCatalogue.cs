using Dml.Client;
using Dml.Demo;
using Dml.Tests.Shared;

namespace Dml.E2E.Tests;

/// <summary>A small catalogue: the drawings that all vendors made of a few concepts, some of which look alike.</summary>
internal static class DemoCatalogue
{
    /// <summary>A drawing of one of the concepts, left out of the catalogue.</summary>
    public const string HeldOut = "twemoji.red-apple";

    private static readonly HashSet<string> Concepts =
    [
        "red-apple", "green-apple", "tomato", "cherries", "strawberry", "tangerine", "lemon", "peach", "watermelon",
        "cat-face", "dog-face", "tiger-face", "panda", "fox", "sailboat", "bicycle", "locomotive", "rocket",
        "umbrella-with-rain-drops", "sunflower", "tulip", "snowman", "violin", "guitar",
    ];

    private static readonly EmojiDrawings All = EmojiDrawings.Open(Repository.DemoDrawings);

    public static IReadOnlyList<EmojiDrawing> Drawings { get; } =
        [.. All.Drawings.Where(drawing => Concepts.Contains(drawing.Concept) && drawing.Id != HeldOut)];

    public static byte[] Picture(string id, int size = 128) => All.Drawings.Single(drawing => drawing.Id == id).RenderPng(size);

    public static Task FillAsync(HttpClient service, CancellationToken cancel) =>
        Parallel.ForEachAsync(Drawings, cancel, async (drawing, stop) =>
            await PutAsync(service, drawing.Id, drawing.RenderPng(128), drawing.Concept, new() { ["set"] = drawing.Set }, stop));

    public static async Task PutAsync(
        HttpClient service, string id, byte[] picture, string label, Dictionary<string, string> attributes, CancellationToken cancel)
    {
        var fields = new ItemFields { Label = label, Attributes = attributes.ToDictionary(pair => pair.Key, object (pair) => pair.Value) };
        await new DmlClient(service).PutItemAsync(id, picture, fields, cancel);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Contracts;

namespace Dml.Api.OpenApi;

/// <summary>An example of each response. They are values of the real types, so that an example cannot diverge from the contract.</summary>
internal static class AnswerExamples
{
    private const string Fingerprint = "ff77794a4568f67105a8e7e7b75c1718a307201720549ca55f01edc4a5d5b19b";
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly JsonElement Noto = JsonElement.Parse("""{"set":"noto"}""");

    private static readonly Item RedApple = new(
        "noto.red-apple", "red-apple", Noto, "image/png", 128, 128, 4711,
        "3b9f0c1d5c6a4f0e8f6f2d1f4f8d2f1a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e", "/items/noto.red-apple/image", Noon, Noon,
        "2a-5c1-3b9f0c1d5c6a4f0e");

    private static readonly Job Rollout = new()
    {
        Id = "019c13d3a1b27c3e8f4a5b6c7d8e9f00",
        Kind = JobKind.Rollout,
        State = JobState.Running,
        Done = 1200,
        Total = 10735,
        Message = "Embedding the catalogue for generation 3 of emoji",
        StartedAt = Noon,
    };

    private static readonly ModelResponse Emoji = new("emoji", true, Fingerprint, 256, 64, null, null, null);

    private static readonly GenerationResponse Third = new(
        3, "emoji", Fingerprint, 256, GenerationState.Active, true, 10735, Noon, Noon.AddMinutes(20),
        new GateReport(true, Noon.AddMinutes(20),
        [
            new GateCheck("index-recall", true, "The index finds 99.60% of the true ten nearest (200 queries); 98.00% is required.",
                new Dictionary<string, double> { ["recallAt10"] = 0.996, ["required"] = 0.98, ["queries"] = 200 }),
        ]),
        null);

    private static readonly RetrainResponse LastNight = new(
        "20260131-030000-000",
        Rollout.Id,
        RetrainStep.Ended,
        RetrainOutcome.Activated,
        "Generation 3 of nightly-20260131-030000-000 passed the gate and is active.",
        Noon,
        Noon.AddMinutes(20),
        2,
        "emoji",
        new SnapshotCounts(8600, 1309, 2100, 327, 12, 3),
        true,
        new JsonObject
        {
            ["before"] = new JsonObject { ["R@1"] = 0.8123 },
            ["after"] = new JsonObject { ["R@1"] = 0.8245 },
        },
        "nightly-20260131-030000-000",
        3,
        Third.Gate,
        "/retrains/20260131-030000-000/report");

    private static readonly FeedbackPicture Query = new(
        "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9", null, true);

    private static readonly Dictionary<Type, object> All = new()
    {
        [typeof(SearchResponse)] = new SearchResponse(
            3, "emoji", Fingerprint, new SearchCost(1.9, 14.2, 0.2),
            [new SearchHit("noto.red-apple", 0.913f, "red-apple", Noto, "/items/noto.red-apple/image")]),
        [typeof(EmbedResponse)] = new EmbedResponse("emoji", Fingerprint, 4, [0.5f, -0.5f, 0.5f, 0.5f]),
        [typeof(Item)] = RedApple,
        [typeof(LabelPage)] = new LabelPage([new LabelCount("red-apple", 9)], "TDEucmVkLWFwcGxl"),
        [typeof(ItemPage)] = new ItemPage([RedApple], "MS4yMA"),
        [typeof(Job)] = Rollout,
        [typeof(IReadOnlyList<Job>)] = new[] { Rollout },
        [typeof(ModelResponse)] = Emoji,
        [typeof(IReadOnlyList<ModelResponse>)] = new[] { Emoji },
        [typeof(GenerationResponse)] = Third,
        [typeof(List<GenerationResponse>)] = new[] { Third },
        [typeof(RetrainResponse)] = LastNight,
        [typeof(List<RetrainResponse>)] = new[] { LastNight },
        [typeof(FeedbackPicture)] = Query,
        [typeof(FeedbackPage)] = new FeedbackPage(
            [new FeedbackEntry(Query, new FeedbackPicture($"sha256:{RedApple.Sha256}", RedApple.Id, false), true, Noon)], null),
        [typeof(LearningResponse)] = new LearningResponse(Noon.AddHours(15), null, new FeedbackCounts(12, 3, 4, 2, 91422), true),
        [typeof(StatsResponse)] = new StatsResponse(
            10735, 3, "emoji", Fingerprint, 256, new IndexStats(
                10735, 12345678, 0.995, 100, Noon, new StratumRecall("label:red-apple", 0.97, 12, 1525)), 0, new QueueStats(0, 0),
            new EmbeddingCacheFigures(1200, 1536000, 67108864, 5400, 1200), new PictureStats(10735, 0, Noon)),
        [typeof(IReadOnlyList<BackupResponse>)] = new[] { new BackupResponse("dml-20260131-120000-000.tar", 52428800, Noon) },
        [typeof(MapResponse)] = new MapResponse(
            3, "emoji", Fingerprint, 10735, Noon, [new MapPoint("noto.red-apple", "red-apple", 0.25f, 0.5f)]),
        [typeof(MapProgress)] = new MapProgress(3, 0.4),
        [typeof(DemoResponse)] = new DemoResponse(DemoState.Offered, Available: true),
        [typeof(HealthResponse)] = new HealthResponse("ready", []),
    };

    /// <summary>The example for a response type; null when there is none.</summary>
    public static object? Of(Type? type) => type is null ? null : All.GetValueOrDefault(type);
}

using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>A retrain that has its outcome ends, whatever the files of its results hold.</summary>
public sealed class RetrainEndTests : IDisposable
{
    private const string Id = "20260501-030000-000";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_folder.Data, "retrains", Id);

    [Theory]
    [InlineData("", "{}")]
    [InlineData("{", "{}")]
    [InlineData("null", "{}")]
    [InlineData("[]", "{}")]
    [InlineData("""{"changed":5}""", "{}")]
    [InlineData("""{"changed":[5]}""", "{}")]
    [InlineData("""{"changed":[{"query":1}]}""", "{}")]
    [InlineData("""{"changed":[]}""", """{"start":5,"epochs":[],"figures":"none"}""")]
    [InlineData("""{"changed":[]}""", """{"figures":{"before":{"R@1":"high"},"after":{}}}""")]
    public async Task A_damaged_outcome_does_not_keep_it_from_ending(string outcome, string training)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "work", "out"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "work", "out", "outcome.json"), outcome, Cancel);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "state.json"),
            new JsonObject
            {
                ["id"] = Id,
                ["startedAt"] = "2026-05-01T03:00:00Z",
                ["step"] = "report",
                ["outcome"] = "activated",
                ["message"] = "Generation 2 is active.",
                ["training"] = JsonNode.Parse(training),
            }.ToJsonString(),
            Cancel);

        await using var service = await TestService.StartAsync(_folder);
        var retrain = await Eventually.SeeAsync(
            () => service.Client.FindRetrainAsync(Id, Cancel), seen => seen is { Step: RetrainStep.Ended }, "the retrain ends", Cancel);
        Assert.Equal((RetrainOutcome.Activated, "Generation 2 is active."), (retrain!.Outcome, retrain.Message));
        Assert.Contains("Generation 2 is active.", await service.Client.RetrainReportAsync(Id, Cancel), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "work")));
        Assert.Equal("ready", (await service.HealthAsync()).Status);
    }
}

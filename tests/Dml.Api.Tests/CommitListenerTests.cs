using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Index;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dml.Api.Tests;

/// <summary>A commit is durable when the generations are told: whatever fails then, the switch of the generation happens.</summary>
public sealed class CommitListenerTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly KnownProblems _problems = new();
    private readonly GenerationRegistry _generations;

    public CommitListenerTests() => _generations = new GenerationRegistry(_problems, NullLogger<GenerationRegistry>.Instance);

    public void Dispose()
    {
        _generations.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_generation_takes_over_although_indexes_fail(bool activeFails, bool buildingFails)
    {
        var (active, activeIndex) = Make(1);
        var (building, buildingIndex) = Make(2);
        _generations.Open(active);
        _generations.Attach(building);
        (activeIndex.Fails, buildingIndex.Fails) = (activeFails, buildingFails);

        _generations.Committed(new Commit([Change(1), Change(2)], [], Activated: 2));

        Assert.Same(building, _generations.Active);
        Assert.Equal((!buildingFails, buildingFails ? 0 : 2), (building.IsLevel, building.AppliedSequence));
        Assert.Single(_problems.All);
        var behind = await _generations.BehindAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(buildingFails ? [2] : [], behind.Select(lease => lease.Generation.Number));

        // What can be applied is, and it stays behind until it has been brought level.
        buildingIndex.Fails = false;
        _generations.Committed(new Commit([Change(3)], [], Activated: null));
        Assert.True(building.Index.Contains(3));
        Assert.Equal(buildingFails ? 0 : 3, building.AppliedSequence);
        building.MadeLevel(3);
        _generations.Committed(new Commit([Change(4)], [], Activated: null));
        Assert.Equal((true, 4L), (building.IsLevel, building.AppliedSequence));
        foreach (var lease in behind)
        {
            lease.Dispose();
        }
    }

    [Fact]
    public async Task A_listener_that_throws_fails_no_write_and_does_not_end_the_commits()
    {
        var log = new CollectedLog();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var catalogue = new SqliteCatalogue(
            Options.Create(new DataOptions { Folder = _folder.Data }), TimeProvider.System, _problems, new FaultInjection(),
            factory.CreateLogger<SqliteCatalogue>());
        catalogue.Start(new Throwing());
        for (var i = 0; i < 3; i++)
        {
            await catalogue.Feedback.GiveAsync(new StoredFeedback($"{i}", "other", IsRight: true), TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, (await catalogue.Feedback.CountAsync(null, TestContext.Current.CancellationToken)).Right);
        Assert.Equal(3, log.Lines.Count(line => line.Level == LogLevel.Critical));
        Assert.Contains("until the service is restarted", Assert.Single(_problems.All), StringComparison.Ordinal);
    }

    private sealed class Throwing : ICommitListener
    {
        public void Committed(Commit commit) => throw new InvalidOperationException("A test has the listener fail.");
    }

    private static CommittedChange Change(long sequence)
    {
        var vector = new float[TinyEmbedder.Dimension];
        vector[sequence] = 1;
        return new CommittedChange(sequence, sequence, [new EmbeddedVector(Fingerprint, vector)], PictureChanged: true);
    }

    private static string Fingerprint { get; set; } = "";

    private (Generation Generation, FailingIndex Index) Make(int number)
    {
        var embedder = Embedder.Open(Path.Combine(_folder.Models, "tiny"));
        Fingerprint = embedder.Fingerprint;
        var row = new StoredGeneration(
            number, "tiny", embedder.Fingerprint, embedder.Dimension, GenerationState.Building, default, default, null, null,
            RolloutOrder.Ordinary);
        var index = new FailingIndex(new HnswIndex(embedder.Dimension, Metric.InnerProduct));
        return (new Generation(row, embedder, index, 0), index);
    }
}

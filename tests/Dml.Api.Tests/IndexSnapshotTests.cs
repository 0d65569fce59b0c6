using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Index;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dml.Api.Tests;

/// <summary>
/// When the file of an index is written, what it costs in memory, and what a start takes from it. The catalogues have thousands of items;
/// their rows are written to the database directly.
/// </summary>
public sealed class IndexSnapshotTests : IDisposable
{
    private const int Items = 5000;
    private const int InPage = 2000;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string IndexFile => Directory.EnumerateFiles(Path.Combine(_folder.Data, "index"), "*.hnsw").Single();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_built_index_is_saved_at_once_and_then_when_enough_has_changed()
    {
        await FillAsync();
        await using (var service = await TestService.StartAsync(_folder))
        {
            // The next regular snapshot comes in five minutes.
            var index = IndexOf(service);
            await Eventually.BeAsync(() => index.Memory().MappedVectors > 0, "the index that was built is saved", Cancel);
            Assert.Equal(0, index.Memory().Vectors);
            Assert.Equal((long)(Items + 1) * TinyEmbedder.Dimension * sizeof(float), index.Memory().MappedVectors);
        }

        var written = await File.ReadAllBytesAsync(IndexFile, Cancel);
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync("new", Pictures.Blocks(3), null, Cancel);
            await service.Client.DeleteItemAsync("i5", Cancel);
        }

        Assert.Equal(written, await File.ReadAllBytesAsync(IndexFile, Cancel));
        await using (var service = await TestService.StartAsync(_folder))
        {
            Assert.Equal("new", (await service.Client.SearchAsync(Pictures.Blocks(3), cancel: Cancel)).Hits[0].Id);
            Assert.Equal(Items + 1, IndexOf(service).Count);
            Assert.Empty(IndexOf(service).Validate().Faults);
            await Parallel.ForAsync(
                0, (Items / IndexSnapshot.AtRest) + 5, Cancel,
                async (i, cancel) => await service.Client.PutItemAsync($"more-{i}", Pictures.Blocks(100 + i), null, cancel));
        }

        Assert.NotEqual(written, await File.ReadAllBytesAsync(IndexFile, Cancel));
    }

    [Fact]
    public async Task A_build_that_was_interrupted_goes_on_from_its_last_snapshot()
    {
        var fingerprint = await FillAsync();
        var log = new CollectedLog();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using (var catalogue = OpenCatalogue())
        {
            // Three looks at the clock: at the beginning, after the first page, and after it is saved.
            using var snapshot = Snapshot(catalogue, new StoppingClock(stop, looks: 3), log);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => snapshot.OpenAsync(fingerprint, TinyEmbedder.Dimension, fromSnapshot: true, stop.Token));
        }

        Assert.Equal(InPage, HnswIndex.Load(IndexFile).Count);
        Write("DELETE FROM items WHERE id = 'i7'; UPDATE facts SET value = value + 1 WHERE name = 'sequence'");
        Write("INSERT INTO deletions SELECT value, 9 FROM facts WHERE name = 'sequence'");
        await using (var catalogue = OpenCatalogue())
        {
            using var snapshot = Snapshot(catalogue, TimeProvider.System, log);
            var (index, sequence) = await snapshot.OpenAsync(fingerprint, TinyEmbedder.Dimension, fromSnapshot: true, Cancel);
            Assert.Equal(1, log.Count($"Index snapshot loaded: {InPage} vectors"));
            Assert.True(await snapshot.LevelAsync(index, fingerprint, sequence, Cancel));
            Assert.Equal(Items, index.Count);
            Assert.False(index.Contains(9));
            await foreach (var (key, vector) in catalogue.EmbeddingsAsync(fingerprint, after: 0, Cancel))
            {
                var held = new float[TinyEmbedder.Dimension];
                Assert.True(index.TryGetVector(key, held) && held.AsSpan().SequenceEqual(vector), $"item {key}");
            }
        }
    }

    [Fact]
    public async Task The_room_of_deleted_items_is_given_back_while_the_service_answers()
    {
        await FillAsync();
        await using (var service = await TestService.StartAsync(_folder))
        {
            await Eventually.BeAsync(() => IndexOf(service).Memory().MappedVectors > 0, "the index is saved", Cancel);
        }

        // A start replays them, so the index has the room of all of them.
        Write(
            """
            INSERT INTO deletions SELECT key + 1000000, key FROM items WHERE key % 2 = 0;
            DELETE FROM items WHERE key % 2 = 0;
            UPDATE facts SET value = 2000000 WHERE name = 'sequence';
            """);
        await using (var service = await TestService.StartAsync(_folder, "--Data:SnapshotSeconds=1"))
        {
            var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
            var before = (HnswIndex)generation.Index;
            var put = 0;
            await Eventually.SeeAsync(
                async () =>
                {
                    await service.Client.PutItemAsync($"new-{put++ % 50}", Pictures.Blocks(200 + (put % 50)), null, Cancel);
                    Assert.NotEmpty((await service.Client.SearchAsync(Pictures.Blocks(1), cancel: Cancel)).Hits);
                    return generation.Index != before;
                },
                isOther => isOther,
                "the index is compacted", Cancel);
            var after = IndexOf(service);
            Assert.InRange(after.Memory().Codes, 1, before.Memory().Codes * 2 / 3);
            Assert.False(after.IsSparse);
            await CheckAsync(service, after);

            await service.Client.PutItemAsync("last", Pictures.Blocks(999), null, Cancel);
            Assert.Equal("last", (await service.Client.SearchAsync(Pictures.Blocks(999), cancel: Cancel)).Hits[0].Id);
        }

        await using (var service = await TestService.StartAsync(_folder))
        {
            await CheckAsync(service, IndexOf(service));
            Assert.Equal("last", (await service.Client.SearchAsync(Pictures.Blocks(999), cancel: Cancel)).Hits[0].Id);
        }
    }

    private static HnswIndex IndexOf(TestService service) =>
        (HnswIndex)service.Services.GetRequiredService<GenerationRegistry>().Active!.Index;

    private static async Task CheckAsync(TestService service, HnswIndex index)
    {
        var report = index.Validate();
        Assert.Empty(report.Faults);
        Assert.Equal(0, report.Unreachable);
        Assert.Equal((await service.Client.StatsAsync(Cancel)).Items, index.Count);
    }

    // Every item has the picture of the first. Returns the fingerprint of its embedder.
    private async Task<string> FillAsync()
    {
        string fingerprint;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync("first", Pictures.Blocks(1), null, Cancel);
            fingerprint = service.Services.GetRequiredService<GenerationRegistry>().Active!.Fingerprint;
        }

        File.Delete(IndexFile);
        using var connection = Open();
        using var transaction = connection.BeginTransaction();
        using var item = connection.CreateCommand();
        using var embedding = connection.CreateCommand();
        item.CommandText =
            """
            INSERT INTO items (id, sha256, content_type, width, height, bytes, label, attributes, sequence, created_at, updated_at)
            SELECT $id, sha256, content_type, width, height, bytes, label, attributes, $sequence, created_at, updated_at
            FROM items WHERE id = 'first'
            """;
        embedding.CommandText =
            """
            INSERT INTO embeddings (key, embedder, sequence, vector)
            SELECT key, embedder, $sequence, $vector FROM items, embedders WHERE id = $id
            """;
        var random = new Random(11);
        for (var i = 0; i < Items; i++)
        {
            item.Parameters.Clear();
            item.Parameters.AddWithValue("$id", $"i{i}");
            item.Parameters.AddWithValue("$sequence", i + 100);
            item.ExecuteNonQuery();
            embedding.Parameters.Clear();
            embedding.Parameters.AddWithValue("$id", $"i{i}");
            embedding.Parameters.AddWithValue("$sequence", i + 100);
            embedding.Parameters.AddWithValue("$vector", Unit(random));
            embedding.ExecuteNonQuery();
        }

        transaction.Commit();
        Write($"UPDATE facts SET value = {Items + 100} WHERE name = 'sequence'");
        return fingerprint;
    }

    private static byte[] Unit(Random random)
    {
        var vector = Enumerable.Range(0, TinyEmbedder.Dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var length = MathF.Sqrt(vector.Sum(x => x * x));
        return [.. vector.SelectMany(x => BitConverter.GetBytes(x / length))];
    }

    private void Write(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var file = Path.Combine(_folder.Data, "catalogue.db");
        var connection = new SqliteConnection($"Data Source={file};Pooling=False;Foreign Keys=True");
        connection.Open();
        return connection;
    }

    private SqliteCatalogue OpenCatalogue() => new(
        Options.Create(new DataOptions { Folder = _folder.Data }), TimeProvider.System, new KnownProblems(), new FaultInjection(),
        NullLogger<SqliteCatalogue>.Instance);

    private IndexSnapshot Snapshot(SqliteCatalogue catalogue, TimeProvider clock, CollectedLog log) => new(
        catalogue, Options.Create(new DataOptions { Folder = _folder.Data, SnapshotSeconds = 0 }), clock,
        LoggerFactory.Create(logging => logging.AddProvider(log)).CreateLogger<IndexSnapshot>());

    private sealed class StoppingClock(CancellationTokenSource stop, int looks) : TimeProvider
    {
        private int _left = looks;

        public override long GetTimestamp()
        {
            if (--_left == 0)
            {
                stop.Cancel();
            }

            return System.GetTimestamp();
        }
    }
}

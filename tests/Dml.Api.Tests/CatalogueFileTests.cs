using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>What is in the SQLite file: counts, notes that go, older files that are brought up.</summary>
public sealed class CatalogueFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notes_of_deletions_go_with_the_next_snapshot()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            for (var i = 0; i < 5; i++)
            {
                await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel);
            }

            await service.Client.DeleteItemAsync("i1", Cancel);
            await service.Client.PutItemAsync("i2", Pictures.Blocks(20), null, Cancel);
            Assert.Equal(2, Number("SELECT count(*) FROM deletions"));
        }

        Assert.Equal(0, Number("SELECT count(*) FROM deletions"));
        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal(4, (await again.Client.StatsAsync(Cancel)).Index!.Vectors);
        Assert.Equal("i2", (await again.Client.SearchAsync(Pictures.Blocks(20), new() { K = 1 }, Cancel)).Hits.Single().Id);
    }

    [Fact]
    public async Task An_item_that_was_embedded_for_a_former_generation_is_not_written()
    {
        await using var service = await TestService.StartAsync(_folder);
        var catalogue = service.Services.GetRequiredService<SqliteCatalogue>();
        NewItem Item(string id, params EmbeddedVector[] embeddings) => new(id, "image/png", 48, 48, null, "{}", embeddings);
        var former = new EmbeddedVector(new string('0', 64), [1, 0]);
        var active = new EmbeddedVector(
            service.Services.GetRequiredService<GenerationRegistry>().Active!.Fingerprint, [1, .. new float[TinyEmbedder.Dimension - 1]]);

        Assert.Null(await catalogue.PutAsync(Item("x", former), Pictures.Blocks(1), Cancel));
        Assert.Equal(0, await catalogue.CountAsync(Cancel));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories));
        Assert.NotNull(await catalogue.PutAsync(Item("x", former, active), Pictures.Blocks(1), Cancel));
        Assert.Equal(1, (await service.Client.StatsAsync(Cancel)).Index!.Vectors);
    }

    [Fact]
    public async Task A_generation_that_lacks_an_item_cannot_become_active()
    {
        await using var service = await TestService.StartAsync(_folder);
        await service.Client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
        var catalogue = service.Services.GetRequiredService<SqliteCatalogue>();
        var row = await catalogue.Generations.AddAsync(
            "other", new string('0', 64), 2, GenerationState.Building, RolloutOrder.Ordinary, Cancel);

        Assert.False(await catalogue.Generations.ActivateAsync(row.Number, null, Cancel));
        Assert.Equal(1, (await service.Client.StatsAsync(Cancel)).Generation);
        var item = await catalogue.FindAsync("x", Cancel);
        Assert.True(await catalogue.AddEmbeddingAsync(item!, new EmbeddedVector(row.Fingerprint, [1, 0]), Cancel));
        Assert.True(await catalogue.Generations.ActivateAsync(row.Number, null, Cancel));
        Assert.Equal(
            [GenerationState.Retired, GenerationState.Active], (await catalogue.Generations.AllAsync(Cancel)).Select(known => known.State));
    }

    [Fact]
    public async Task A_file_of_the_first_schema_is_brought_up()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync(
                "x",
                Pictures.Blocks(1),
                new()
                {
                    Label = "a",
                    Attributes = new Dictionary<string, object>
                    {
                        ["set"] = "noto",
                        ["price"] = 3,
                        ["new"] = true,
                    },
                },
                Cancel);
        }
        // Back to what the first schema had.
        using (var connection = Open())
        {
            using var command = connection.CreateCommand();
            command.CommandText = """
                DROP TRIGGER owners_added; DROP TRIGGER owners_changed; DROP TRIGGER owners_removed; DROP TABLE owners;
                ALTER TABLE items DROP COLUMN owner;
                DROP TRIGGER items_counted; DROP TRIGGER items_discounted; DELETE FROM facts WHERE name IN
                    ('items', 'right_feedback', 'wrong_feedback', 'kept_pictures', 'kept_bytes');
                DROP TRIGGER embeddings_counted; DROP TRIGGER embeddings_discounted; ALTER TABLE embedders DROP COLUMN embeddings;
                DROP TABLE feedback; DROP TABLE kept_pictures; ALTER TABLE facts RENAME TO memory;
                DROP INDEX generations_one_each;
                CREATE TABLE former AS SELECT number, model, fingerprint, dimension, created_at FROM generations;
                DROP TABLE generations;
                CREATE TABLE generations (number INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, fingerprint TEXT NOT NULL,
                    dimension INTEGER NOT NULL, created_at INTEGER NOT NULL);
                INSERT INTO generations SELECT * FROM former; DROP TABLE former; PRAGMA user_version = 1;
                """;
            command.ExecuteNonQuery();
        }

        await using var again = await TestService.StartAsync(_folder);
        foreach (var filter in new[] { "attr.set:noto", "attr.price<4", "attr.new:true", "label:a" })
        {
            Assert.Single((await again.Client.SearchAsync(Pictures.Blocks(1), new() { Filter = filter }, Cancel)).Hits);
        }

        var generation = Assert.Single(await again.Client.GenerationsAsync(Cancel));
        Assert.Equal((1, true), (generation.Number, generation.Active));
    }

    [Fact]
    public async Task Text_that_was_stored_before_it_was_composed_is_found()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync("old", Pictures.Blocks(1), new() { Label = "a" }, Cancel);
            await service.Client.PutItemAsync("new", Pictures.Blocks(2), new() { Label = "caf\u00e9" }, Cancel);
            await service.Client.PutItemAsync("hidden", Pictures.Blocks(3), new() { Label = "b" }, Cancel);
            await service.Client.PutItemAsync("none", Pictures.Blocks(4), null, Cancel);
        }

        using (var connection = Open())
        {
            using var command = connection.CreateCommand();
            command.CommandText = """
                UPDATE items SET label = ' cafe' || char(0x301) || ' ',
                    attributes = '{"re\u0301gion":"Cre\u0301teil","n":3}' WHERE id = 'old';
                UPDATE items SET label = 'b' || char(0x202E), attributes = '{"n":4}' WHERE id = 'hidden';
                UPDATE items SET attributes = '{"n":"e\u0301"}' WHERE id = 'none';
                DROP TRIGGER feedback_counted; DROP TRIGGER feedback_recounted; DROP TRIGGER feedback_discounted;
                DROP TRIGGER kept_counted; DROP TRIGGER kept_discounted; DROP INDEX feedback_given;
                INSERT INTO feedback VALUES ('a', 'b', 1, 1), ('a', 'c', 0, 1), ('b', 'c', 1, 1);
                INSERT INTO kept_pictures VALUES ('a', 70, 1), ('b', 7, 1);
                DROP TRIGGER items_counted; DROP TRIGGER items_discounted; DELETE FROM facts WHERE name IN
                    ('items', 'right_feedback', 'wrong_feedback', 'kept_pictures', 'kept_bytes');
                DROP TRIGGER embeddings_counted; DROP TRIGGER embeddings_discounted; ALTER TABLE embedders DROP COLUMN embeddings;
                CREATE TABLE item_attributes (key); CREATE VIEW attributes_of_items AS SELECT key FROM item_attributes;
                CREATE TRIGGER items_added AFTER INSERT ON items BEGIN SELECT 1; END;
                CREATE TRIGGER items_changed AFTER UPDATE ON items BEGIN SELECT 1; END;
                PRAGMA user_version = 8;
                """;
            command.ExecuteNonQuery();
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal("new old", await FoundAsync("label:caf\u00e9"));
        Assert.Equal("new old", await FoundAsync("label:cafe\u0301"));
        Assert.Equal("old", await FoundAsync("attr.r\u00e9gion:Cr\u00e9teil AND attr.n:3"));
        Assert.Equal("none", await FoundAsync("attr.n:\u00e9"));
        Assert.Equal(new FeedbackCounts(2, 1, 3, 2, 77), (await again.Client.LearningAsync(Cancel)).Feedback);
        // What nobody could add today stays as it is.
        Assert.Equal("b\u202e", (await again.Client.FindItemAsync("hidden", Cancel))!.Label);

        async Task<string> FoundAsync(string filter) => string.Join(
            ' ',
            (await again.Client.SearchAsync(Pictures.Blocks(1), new() { Filter = filter }, Cancel)).Hits
                .Select(hit => hit.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_refused()
    {
        await using (await TestService.StartAsync(_folder))
        {
        }

        using (var connection = Open())
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 1000";
            command.ExecuteNonQuery();
        }

        var exception = Assert.Throws<SettingsException>(() => new Database(_folder.Data));
        Assert.Contains("has schema 1000", exception.Message, StringComparison.Ordinal);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Data, "catalogue.db")};Pooling=false");
        connection.Open();
        return connection;
    }

    private long Number(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}

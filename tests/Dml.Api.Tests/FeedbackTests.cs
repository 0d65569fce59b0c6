using System.Net.Http.Json;
using System.Security.Cryptography;
using Dml.Api.Catalogue;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

public sealed class FeedbackTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pair_is_kept_once_and_the_last_word_counts()
    {
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);

        await service.Client.GiveFeedbackAsync("a", "b", right: true, Cancel);
        await service.Client.GiveFeedbackAsync($"sha256:{Sha256(2).ToUpperInvariant()}", "a", right: false, Cancel);
        Assert.Equal([(Sha256(1), Sha256(2), false), (Sha256(1), Sha256(3), true)], await AfterAsync(service, ("a", "c", true)));
        // The other way round it is the same pair.
        Assert.Equal([(Sha256(1), Sha256(2), true), (Sha256(1), Sha256(3), true)], await AfterAsync(service, ("b", "a", true)));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        await using (var service = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create()))
        {
            var client = new DmlClient(service.Http);
            await FillAsync(client);
            await client.GiveFeedbackAsync("a", "b", right: false, Cancel);
            await service.KillAsync();
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal([(Sha256(1), Sha256(2), false)], await StoredAsync(again));
    }

    [Theory]
    [InlineData("""{"query":"a","hit":"nobody","right":true}""", 404, "not-found")]
    [InlineData("""{"query":"nobody","hit":"a","right":true}""", 404, "not-found")]
    [InlineData("""{"query":"sha256:0000","hit":"a","right":true}""", 404, "not-found")]
    [InlineData("""{"query":"a","hit":"a","right":true}""", 400, "bad-feedback")]
    [InlineData("""{"query":"a","hit":"twin","right":true}""", 400, "bad-feedback")]
    [InlineData("""{"query":"a","hit":"b"}""", 400, "bad-feedback")]
    [InlineData("""{"hit":"b","right":true}""", 400, "bad-feedback")]
    [InlineData("""{"query":"a","hit":"b","right":"yes"}""", 400, "bad-request")]
    [InlineData("null", 400, "bad-request")]
    public async Task What_cannot_be_understood_is_refused(string body, int status, string code)
    {
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);
        await service.Client.PutItemAsync("twin", Pictures.Blocks(1), null, Cancel);

        using var content = new StringContent(body, null, "application/json");
        using var answer = await service.Http.PostAsync("feedback", content, Cancel);

        Assert.Equal((status, code), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.Empty(await StoredAsync(service));
    }

    [Fact]
    public async Task Counts_are_those_of_the_rows_whatever_was_written()
    {
        const int Ids = 6;
        var random = new Random(3);
        await using (var service = await TestService.StartAsync(_folder))
        {
            for (var i = 0; i < Ids; i++)
            {
                await PutAsync(service, i);
            }

            for (var step = 0; step < 150; step++)
            {
                var (one, other) = (random.Next(Ids), random.Next(Ids - 1));
                other += other >= one ? 1 : 0;
                switch (random.Next(8))
                {
                    case 0:
                        await PutAsync(service, one);
                        break;
                    case 1:
                        await service.Client.DeleteItemAsync($"i{one}", Cancel);
                        await PutAsync(service, one);
                        break;
                    case 2:
                        await service.Client.TakeFeedbackBackAsync($"i{one}", $"i{other}", Cancel);
                        break;
                    case 3 or 4:
                        await service.Client.GiveFeedbackAsync(
                            Pictures.Blocks(1000 + random.Next(5)), $"i{one}", random.Next(2) == 0, Cancel);
                        break;
                    default:
                        await service.Client.GiveFeedbackAsync($"i{one}", $"i{other}", random.Next(2) == 0, Cancel);
                        break;
                }

                await CheckCountsAsync(service, sawKept: step == 149);
            }
        }

        await using var again = await TestService.StartAsync(_folder);
        await CheckCountsAsync(again, sawKept: true);

        // Pictures that no other id has.
        async Task PutAsync(TestService service, int i) =>
            await service.Client.PutItemAsync($"i{i}", Pictures.Blocks((10 * i) + random.Next(3)), null, Cancel);
    }

    private async Task CheckCountsAsync(TestService service, bool sawKept)
    {
        var counts = (await service.Client.LearningAsync(Cancel)).Feedback;
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_folder.Data, "catalogue.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.Command(
            """
            SELECT count(*) FILTER (WHERE is_right = 1), count(*) FILTER (WHERE is_right = 0), count(*),
                (SELECT count(*) FROM kept_pictures), (SELECT coalesce(sum(bytes), 0) FROM kept_pictures)
            FROM feedback
            """);
        using var row = command.ExecuteReader();
        row.Read();
        Assert.Equal(
            new FeedbackCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)), counts);
        Assert.True(!sawKept || counts is { Right: > 0, Wrong: > 0, KeptPictures: > 0 }, $"{counts}");
    }

    private static async Task<List<(string, string, bool)>> AfterAsync(TestService service, (string Query, string Hit, bool Right) feedback)
    {
        using var answer = await service.Http.PostAsJsonAsync(
            "feedback",
            new
            {
                query = feedback.Query,
                hit = feedback.Hit,
                right = feedback.Right,
            },
            Cancel);
        Assert.Equal(204, (int)answer.StatusCode);
        return await StoredAsync(service);
    }

    // Pictures 1 < 2 and 1 < 3 by their hashes, whatever those are.
    private static async Task<List<(string, string, bool)>> StoredAsync(TestService service)
    {
        var stored = new List<(string, string, bool)>();
        await foreach (var pair in service.Services.GetRequiredService<SqliteCatalogue>().Feedback.AllAsync(Cancel))
        {
            Assert.True(string.CompareOrdinal(pair.One, pair.Other) < 0);
            stored.Add(pair.One == Sha256(1) ? (pair.One, pair.Other, pair.IsRight) : (pair.Other, pair.One, pair.IsRight));
        }

        return [.. stored.OrderBy(pair => pair.Item2 == Sha256(2) ? 0 : 1)];
    }

    private static string Sha256(int picture) => Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(picture)));

    private static async Task FillAsync(DmlClient client)
    {
        foreach (var (id, picture) in new[] { ("a", 1), ("b", 2), ("c", 3) })
        {
            await client.PutItemAsync(id, Pictures.Blocks(picture), null, Cancel);
        }
    }
}

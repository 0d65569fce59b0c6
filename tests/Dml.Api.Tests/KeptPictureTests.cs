using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Retrains;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Microsoft.Extensions.DependencyInjection;
using nietras.SeparatedValues;

namespace Dml.Api.Tests;

/// <summary>Pictures of queries that are no items, kept with the feedback on their hits; feedback is read and taken back.</summary>
public sealed class KeptPictureTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_judged_picture_is_kept_survives_a_restart_and_goes_with_its_feedback()
    {
        var own = Pictures.Blocks(77);
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Client);
            Assert.Equal(new FeedbackPicture($"sha256:{Sha256(own)}", null, true), await GiveAsync(service, own, "a", true));
            await GiveAsync(service, own, "b", false);
        }

        // The start removes pictures that nothing uses.
        await using var again = await TestService.StartAsync(_folder);
        await GiveAsync(again, own, "b", false);
        Assert.Equal(own, await File.ReadAllBytesAsync(PathOf(own), Cancel));
        Assert.Equal(new FeedbackCounts(1, 1, 2, 1, own.Length), (await again.Client.LearningAsync(Cancel)).Feedback);
        var search = await again.Client.SearchAsync(own, new() { K = 10 }, Cancel);
        Assert.Equal(3, search.Hits.Count);

        Assert.True(await again.Client.TakeFeedbackBackAsync("a", $"sha256:{Sha256(own)}", Cancel));
        Assert.False(await again.Client.TakeFeedbackBackAsync("a", $"sha256:{Sha256(own)}", Cancel));
        Assert.True(File.Exists(PathOf(own)));
        Assert.True(await again.Client.TakeFeedbackBackAsync($"sha256:{Sha256(own)}", Cancel));
        Assert.False(File.Exists(PathOf(own)));
        Assert.Equal(new FeedbackCounts(0, 0, 0, 0, 0), (await again.Client.LearningAsync(Cancel)).Feedback);
    }

    [Fact]
    public async Task A_picture_goes_when_all_that_it_was_compared_with_is_gone()
    {
        var (own, other) = (Pictures.Blocks(77), Pictures.Blocks(78));
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);
        await GiveAsync(service, own, "a", true);
        await GiveAsync(service, own, "b", true);
        await GiveAsync(service, other, "b", true);

        await service.Client.DeleteItemAsync("a", Cancel);
        Assert.True(File.Exists(PathOf(own)));
        // Replaced, which takes its picture away as well.
        await service.Client.PutItemAsync("b", Pictures.Blocks(9), null, Cancel);

        Assert.False(File.Exists(PathOf(own)) || File.Exists(PathOf(other)));
        Assert.Empty(await ListAsync(service.Client));
    }

    [Fact]
    public async Task An_item_that_is_deleted_takes_the_copy_that_feedback_kept_with_it()
    {
        var own = Pictures.Blocks(77);
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);
        await GiveAsync(service, own, "a", true);
        await service.Client.PutItemAsync("own", own, null, Cancel);
        Assert.Equal(new FeedbackPicture($"sha256:{Sha256(own)}", null, false), await GiveAsync(service, own, "b", true));

        await service.Client.DeleteItemAsync("own", Cancel);

        Assert.False(File.Exists(PathOf(own)));
        Assert.Empty(await ListAsync(service.Client));
    }

    [Fact]
    public async Task Feedback_is_listed_page_by_page_with_items_and_kept_pictures()
    {
        var own = Pictures.Blocks(77);
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);
        await service.Client.GiveFeedbackAsync("a", "b", right: false, Cancel);
        await service.Client.GiveFeedbackAsync("a", "c", right: true, Cancel);
        await GiveAsync(service, own, "a", true);
        await service.Client.DeleteItemAsync("c", Cancel);

        var pages = new List<FeedbackPage>();
        do
        {
            pages.Add((await service.Http.GetFromJsonAsync<FeedbackPage>(
                $"feedback?limit=1&cursor={pages.LastOrDefault()?.NextCursor}", Cancel))!);
        }
        while (pages[^1].NextCursor is not null);

        Assert.Equal([1, 1, 1], pages.Select(page => page.Feedback.Count));
        var all = await ListAsync(service.Client);
        Assert.Equal(pages.SelectMany(page => page.Feedback), all);
        var expected = new[]
        {
            (Sha256(1), "a", Sha256(2), "b", false, false), (Sha256(1), "a", Sha256(3), null, true, false),
            (Sha256(1), "a", Sha256(own), (string?)null, true, true),
        };
        Assert.Equal(
            expected.OrderBy(pair => pair.Item3),
            all.Select(entry => (
                    Pair: entry.One.Item == "a" ? (entry.One, entry.Other) : (One: entry.Other, Other: entry.One), entry.Right))
                .Select(entry => (
                    entry.Pair.One.Picture[7..], entry.Pair.One.Item!, entry.Pair.Other.Picture[7..], entry.Pair.Other.Item, entry.Right,
                    entry.Pair.Other.Kept))
                .OrderBy(pair => pair.Item3));
        // Of an item that is gone, its picture is the name.
        Assert.True(await service.Client.TakeFeedbackBackAsync($"sha256:{Sha256(3).ToUpperInvariant()}", "a", Cancel));
        Assert.Equal(2, (await ListAsync(service.Client)).Count);
    }

    [Theory]
    [InlineData("feedback?limit=0", "bad-parameter")]
    [InlineData("feedback?limit=1001", "bad-parameter")]
    [InlineData("feedback?cursor=x", "bad-cursor")]
    [InlineData("feedback?cursor=00-11", "bad-cursor")]
    public async Task A_list_is_asked_for_within_limits(string path, string code)
    {
        await using var service = await TestService.StartAsync(_folder);
        using var answer = await service.Http.GetAsync(path, Cancel);
        Assert.Equal(code, await answer.ProblemCodeAsync());
    }

    [Fact]
    public async Task Storage_is_bounded_and_can_be_turned_off()
    {
        var size = Math.Max(Pictures.Blocks(77).Length, Pictures.Blocks(78).Length);
        await using (var few = await TestService.StartAsync(_folder, "--Feedback:MaxPictures=1"))
        {
            await FillAsync(few.Client);
            await GiveAsync(few, Pictures.Blocks(77), "a", true);
            await RefusedAsync(few, Pictures.Blocks(78), "a", "feedback-full");
            // The same one, and one that an item has, need no more place.
            await GiveAsync(few, Pictures.Blocks(77), "b", true);
            await GiveAsync(few, Pictures.Blocks(2), "a", true);
            Assert.False(File.Exists(PathOf(Pictures.Blocks(78))));
        }

        await using (var small = await TestService.StartAsync(_folder, $"--Feedback:MaxBytes={size}"))
        {
            await RefusedAsync(small, Pictures.Blocks(78), "a", "feedback-full");
        }

        await using var off = await TestService.StartAsync(_folder, "--Feedback:KeepPictures=false");
        await RefusedAsync(off, Pictures.Blocks(78), "a", "pictures-not-kept");
        Assert.False((await off.Client.LearningAsync(Cancel)).KeepsPictures);
    }

    [Fact]
    public async Task What_is_no_picture_or_names_no_item_is_refused_and_leaves_nothing()
    {
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Client);
        var before = Files();

        await RefusedAsync(service, "no picture"u8.ToArray(), "a", "not-an-image");
        await RefusedAsync(service, Pictures.PngHeader(60000, 60000), "a", "too-many-pixels");
        await RefusedAsync(service, Pictures.Blocks(77), "nobody", "not-found");
        await RefusedAsync(service, Pictures.Blocks(1), "a", "bad-feedback");
        using var picture = new ByteArrayContent(Pictures.Blocks(77));
        using var answer = await service.Http.PostAsync("feedback/picture?hit=a", picture, Cancel);
        Assert.Equal((HttpStatusCode.BadRequest, "bad-feedback"), (answer.StatusCode, await answer.ProblemCodeAsync()));

        Assert.Empty(await ListAsync(service.Client));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task A_night_learns_from_it_and_a_backup_holds_it()
    {
        var own = Pictures.Blocks(77);
        using var other = new TestFolder();
        var archive = Path.Combine(_folder.Data, "..", "backup.tar");
        await using (var service = await TestService.StartAsync(_folder, "--Gate:HeldOut=0"))
        {
            await FillAsync(service.Client);
            await GiveAsync(service, own, "a", true);
            var snapshot = Path.Combine(_folder.Data, "..", "snapshot");
            var active = (await service.Services.GetRequiredService<SqliteCatalogue>().Generations.AllAsync(Cancel))[0];
            var (counts, _, _) = await service.Services.GetRequiredService<CatalogueSnapshot>()
                .TakeAsync(snapshot, active, "night", Cancel);
            Assert.Equal(1, counts.RightPairs);
            Assert.Equal(own, await File.ReadAllBytesAsync(Path.Combine(snapshot, "pictures", Sha256(own)), Cancel));
            using var pairs = Sep.New(',').Reader(options => options with { HasHeader = false })
                .FromFile(Path.Combine(snapshot, "pairs.csv"));
            foreach (var row in pairs)
            {
                Assert.Equal("right", row[2].ToString());
                Assert.Contains($"pictures/{Sha256(own)}", new[] { row[0].ToString(), row[1].ToString() });
            }

            var job = await service.Client.WaitForJobAsync((await service.Client.BackUpAsync(Cancel)).Id, Cancel);
            Assert.True(job.State == JobState.Succeeded, job.Message);
            File.Copy(Directory.GetFiles(Path.Combine(_folder.Data, "backups"), "*.tar").Single(), archive);
        }

        Restore.Run(archive, other.Data, Cancel);
        Assert.Equal(own, await File.ReadAllBytesAsync(Path.Combine(other.Data, "blobs", Sha256(own)[..2], Sha256(own)), Cancel));
        await using var restored = await TestService.StartAsync(other);
        Assert.Equal(1, (await restored.Client.LearningAsync(Cancel)).Feedback.KeptPictures);
    }

    [Fact]
    public async Task It_is_told_when_the_next_night_is()
    {
        await using (var never = await TestService.StartAsync(_folder))
        {
            Assert.Null((await never.Client.LearningAsync(Cancel)).NextAt);
        }

        await using var service = await TestService.StartAsync(
            _folder, "--Retrain:Cron=0 0 3 1 1 ? 2090", $"--Retrain:Program={Path.Combine(_folder.Data, "none.dll")}");
        var learning = await service.Client.LearningAsync(Cancel);
        Assert.Equal((2090, 1, 1), (
            learning.NextAt!.Value.LocalDateTime.Year, learning.NextAt.Value.LocalDateTime.Month, learning.NextAt.Value.LocalDateTime.Day));
        Assert.StartsWith("The file named by Retrain:Program does not exist.", learning.Problem, StringComparison.Ordinal);
    }

    private static Task<FeedbackPicture> GiveAsync(TestService service, byte[] picture, string hit, bool right) =>
        service.Client.GiveFeedbackAsync(picture, hit, right, Cancel);

    private static async Task RefusedAsync(TestService service, byte[] picture, string hit, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<DmlException>(() => GiveAsync(service, picture, hit, true))).Code);

    private static async Task<List<FeedbackEntry>> ListAsync(DmlClient client)
    {
        var all = new List<FeedbackEntry>();
        await foreach (var entry in client.FeedbackAsync(Cancel))
        {
            all.Add(entry);
        }

        return all;
    }

    private string[] Files() =>
        [.. Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories).Order()];

    private string PathOf(byte[] picture) => Path.Combine(_folder.Data, "blobs", Sha256(picture)[..2], Sha256(picture));

    private static string Sha256(int picture) => Sha256(Pictures.Blocks(picture));

    private static string Sha256(byte[] picture) => Convert.ToHexStringLower(SHA256.HashData(picture));

    private static async Task FillAsync(DmlClient client)
    {
        foreach (var (id, picture) in new[] { ("a", 1), ("b", 2), ("c", 3) })
        {
            await client.PutItemAsync(id, Pictures.Blocks(picture), null, Cancel);
        }
    }
}

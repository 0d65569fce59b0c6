using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dml.Api.Tests;

/// <summary>Keys that end, are used up, or fill up.</summary>
public sealed class KeyLimitTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _secret = KeySecret.Create();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_ends_at_its_time_and_comes_back_with_the_clock()
    {
        var clock = new TestClock(new DateTimeOffset(2027, 6, 29, 23, 59, 59, TimeSpan.Zero));
        KeyFile.Change(_folder.Data, keys =>
        {
            keys.Add(new ApiKey("ci", Role.Write, Convert.ToHexStringLower(KeySecret.Hash(_secret)))
            {
                ExpiresAt = KeyLimits.ReadExpiry("", "2027-06-30"),
            });
            return true;
        });
        var data = Options.Create(new DataOptions { Folder = _folder.Data });
        var ring = new KeyRing(Options.Create(new SecurityOptions()), data, clock, new KnownProblems(), NullLogger<KeyRing>.Instance);
        using var uses = new KeyUses(data, clock, NullLogger<KeyUses>.Instance);
        Assert.Equal(Role.Write, (await CallAsync()).Role);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((null, KeyFault.Expired), ((await CallAsync()).Role, (await CallAsync()).Fault));
        // Calls still need a key: that the last one has ended opens nothing.
        Assert.True(ring.IsRequired);
        clock.Set(clock.GetUtcNow().AddDays(-1));
        Assert.Equal(Role.Write, (await CallAsync()).Role);

        async Task<Caller> CallAsync()
        {
            var context = new DefaultHttpContext();
            context.Request.Headers[KeyIdentity.Header] = _secret;
            await new KeyIdentity(_ => Task.CompletedTask, ring, uses, clock).InvokeAsync(context);
            return Caller.Of(context);
        }
    }

    [Fact]
    public async Task An_expired_key_is_told_so()
    {
        await using var service = await StartAsync(Role.Search, "ExpiresAt=2026-01-01");
        using var answer = await service.Http.GetAsync("stats", Cancel);
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("key-expired", await answer.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("ExpiresAt=soon", "expected a date such as 2027-06-30")]
    [InlineData("MaxItems=-1", "expected a whole number")]
    [InlineData("MaxBytes=1e3", "expected a whole number")]
    [InlineData("EmbedSeconds=often", "expected the seconds of work in a minute")]
    public async Task A_limit_that_cannot_be_read_ends_the_start(string setting, string words)
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(Role.Search, setting));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Security:Keys:9", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_made_with_limits_has_them_and_the_list_says_so()
    {
        await RunAsync(
            "keys", "create", "--name=ci", "--role=write", "--expires=2099-01-01", "--max-items=5", "--max-bytes=1000",
            "--embed-seconds=2.5");
        var key = KeyFile.Load(_folder.Data).Single();
        Assert.Equal(
            (new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), 5L, 1000L, 2.5),
            (key.ExpiresAt, key.MaxItems, key.MaxBytes, key.EmbedSeconds));
        var list = await RunAsync("keys", "list");
        Assert.Matches(
            "ci\twrite\tusable until 2099-01-01 00:00:00Z\t.*\tnever used\t5 items, 1000 bytes, 2.5 embed seconds a minute", list);
        var refused = await Assert.ThrowsAsync<SettingsException>(() => Program.RunAsync(
            ["keys", "create", "--name=late", "--role=write", "--expires=2020-01-01", $"--Data:Folder={_folder.Data}"]));
        Assert.Contains("which is over", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_use_is_listed()
    {
        await RunAsync("keys", "create", "--name=idle", "--role=search");
        await using (var service = await StartAsync(Role.Search))
        {
            using var answer = await service.Http.GetAsync("stats", Cancel);
            Assert.Equal(200, (int)answer.StatusCode);
        }

        var settings = Settings(Role.Search);
        var lines = (await RunAsync(["keys", "list", .. settings])).Split('\n');
        Assert.Matches(@"used 20\d\d-\d\d-\d\d", lines.Single(line => line.StartsWith("limited", StringComparison.Ordinal)));
        Assert.Contains("never used", lines.Single(line => line.StartsWith("idle", StringComparison.Ordinal)), StringComparison.Ordinal);
        // The next service knows it too, and damage to the file costs no more than the times.
        await File.WriteAllTextAsync(KeyUses.PathIn(_folder.Data), "{", Cancel);
        await using var again = await StartAsync(Role.Search);
        using var once = await again.Http.GetAsync("stats", Cancel);
        Assert.Equal(200, (int)once.StatusCode);
    }

    [Fact]
    public async Task A_key_has_as_many_items_as_it_may()
    {
        await using var service = await StartAsync(Role.Write, "MaxItems=2");
        Assert.Equal("201 201 507", await PutAsync(service, "a", "b", "c"));
        // Its own may be replaced, and one that is deleted makes room.
        Assert.Equal("200", await PutAsync(service, "b"));
        using var deleted = await service.Http.DeleteAsync("items/a", Cancel);
        Assert.Equal("201 507", await PutAsync(service, "c", "d"));
        using var post = await service.Http.PostAsync("items", Calls.Form(Pictures.Blocks(7)), Cancel);
        Assert.Equal("quota-full", await post.ProblemCodeAsync());
    }

    [Fact]
    public async Task The_bytes_of_a_keys_pictures_are_bounded_over_restarts()
    {
        var picture = Pictures.Blocks(1);
        await using (var service = await StartAsync(Role.Write, $"MaxBytes={(2 * picture.Length) + 10}"))
        {
            Assert.Equal("201 201", await PutAsync(service, picture, "a", "b"));
        }

        await using var again = await StartAsync(Role.Write, $"MaxBytes={(2 * picture.Length) + 10}");
        Assert.Equal("507 200", await PutAsync(again, picture, "c", "a"));
    }

    [Fact]
    public async Task An_import_counts_for_the_key_that_sent_it()
    {
        await using var service = await StartAsync(Role.Write, "MaxItems=2");
        var archive = ImportedFiles.Archive("zip", [.. Enumerable.Range(0, 4).Select(i => ($"label/{i}.png", Pictures.Blocks(i)))]);
        var job = await service.Client.ImportAsync(new MemoryStream(archive), Cancel);
        job = await service.Client.WaitForJobAsync(job.Id, Cancel);
        Assert.Equal((2, 2), ((int)job.Result!["added"]!, (int)job.Result["refused"]!));
        Assert.Contains("may have 2", job.Result["problems"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_has_used_up_its_minute_is_refused_until_some_of_it_is_back()
    {
        // Nearly nothing: the first picture uses it up.
        await using var service = await StartAsync(Role.Write, "EmbedSeconds=0.000001");
        Assert.Equal("201", await PutAsync(service, "a"));
        using var search = await service.Http.PostAsync("search", new ByteArrayContent(Pictures.Blocks(3)), Cancel);
        Assert.Equal(429, (int)search.StatusCode);
        Assert.Equal("quota-spent", await search.ProblemCodeAsync());
        Assert.NotNull(search.Headers.RetryAfter);
        // What costs no embedder goes on.
        using var stats = await service.Http.GetAsync("stats", Cancel);
        Assert.Equal(200, (int)stats.StatusCode);
    }

    [Fact]
    public void A_budget_comes_back_evenly()
    {
        var clock = new TestClock(DateTimeOffset.UnixEpoch);
        var budget = new EmbedBudget(30, clock);
        budget.Spend(29_000);
        Assert.Equal(TimeSpan.Zero, budget.Wait);
        budget.Spend(11_000);
        // Ten seconds too many, half a second back in each second.
        Assert.InRange(budget.Wait.TotalSeconds, 20, 20.1);
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(TimeSpan.Zero, budget.Wait);
        // Never more than a minute's.
        clock.Advance(TimeSpan.FromHours(5));
        budget.Spend(30_500);
        Assert.InRange(budget.Wait.TotalSeconds, 1, 1.1);
    }

    private string[] Settings(Role role, string? limit = null) =>
    [
        "--Security:Keys:9:Name=limited",
        $"--Security:Keys:9:Role={role}",
        $"--Security:Keys:9:Sha256={Convert.ToHexString(KeySecret.Hash(_secret))}",
        .. limit is null ? (string[])[] : [$"--Security:Keys:9:{limit}"],
    ];

    private async Task<TestService> StartAsync(Role role, string? limit = null)
    {
        var service = await TestService.StartAsync(_folder, Settings(role, limit));
        service.Http.DefaultRequestHeaders.Add(KeyIdentity.Header, _secret);
        return service;
    }

    private static Task<string> PutAsync(TestService service, params string[] ids) => PutAsync(service, Pictures.Blocks(5), ids);

    private static async Task<string> PutAsync(TestService service, byte[] picture, params string[] ids)
    {
        var statuses = new List<int>();
        foreach (var id in ids)
        {
            using var answer = await service.Http.PutAsync(id, picture);
            statuses.Add((int)answer.StatusCode);
        }

        return string.Join(' ', statuses);
    }

    private async Task<string> RunAsync(params string[] words)
    {
        var (code, log) = await ChildService.RunAsync([.. words, $"--Data:Folder={_folder.Data}"]);
        Assert.True(code == 0, log);
        return log;
    }
}

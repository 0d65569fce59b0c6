using System.Collections.Concurrent;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>kill -9 of a real process, at moments that the process does not choose.</summary>
public sealed class KillTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_acknowledged_write_is_lost()
    {
        var acknowledged = new ConcurrentDictionary<string, byte[]>();
        var deleted = new ConcurrentDictionary<string, bool>();
        for (var round = 0; round < 3; round++)
        {
            await using var service = await ChildService.StartAsync(
                _folder.Arguments(), TestContext.Current.CancellationToken, ContractCheck.Create());
            await CheckAsync(service.Http, acknowledged, deleted);
            var writers = Enumerable
                .Range(0, 4)
                .Select(writer => WriteAsync(service.Http, $"r{round}-w{writer}", acknowledged, deleted))
                .ToArray();
            var enough = acknowledged.Count + 25;
            await Eventually.BeAsync(
                () => acknowledged.Count >= enough, $"{enough} acknowledged writes", TestContext.Current.CancellationToken);
            await service.KillAsync();
            await Task.WhenAll(writers);
        }

        await using var last = await ChildService.StartAsync(
            _folder.Arguments(), TestContext.Current.CancellationToken, ContractCheck.Create());
        await CheckAsync(last.Http, acknowledged, deleted);
        Assert.True(acknowledged.Count >= 75);
    }

    [Fact]
    public async Task A_killed_import_goes_on_where_it_was()
    {
        Assert.SkipWhen(Repository.NoDemoDrawings is not null, Repository.NoDemoDrawings ?? "");
        string[] arguments =
        [
            .. _folder.Arguments(), "--Demo:Import=true", $"--Demo:Folder={Repository.DemoDrawings}",
        ];
        string[] seen;
        long total;
        await using (var service = await ChildService.StartAsync(arguments, TestContext.Current.CancellationToken, ContractCheck.Create()))
        {
            var job = await JobAsync(service.Http, job => (long)job["done"]! >= 60);
            total = (long)job["total"]!;
            // What a list shows is committed, and so acknowledged.
            seen = await ItemsAsync(service.Http);
            // Searches go on meanwhile.
            Assert.NotEmpty((await service.Http.SearchAsync(Pictures.Blocks(1))).Ids());
            await service.KillAsync();
        }

        Assert.InRange(seen.Length, 50, total - 1);
        await using var again = await ChildService.StartAsync(arguments, TestContext.Current.CancellationToken, ContractCheck.Create());
        var resumed = await JobAsync(again.Http, job => (string)job["state"]! == "running" && (long)job["done"]! >= seen.Length + 50);
        var now = await ItemsAsync(again.Http);

        Assert.Empty(seen.Except(now));
        Assert.True(now.Length > seen.Length);
        Assert.Equal(total, (long)resumed["total"]!);
        var jobs = (await again.Http.GetFromAsync("jobs")).AsArray();
        Assert.Equal(["running", "failed"], jobs.Select(job => (string)job!["state"]!));

        using var cancelled = await again.Http.DeleteAsync($"jobs/{resumed["id"]}", TestContext.Current.CancellationToken);
        await JobAsync(again.Http, job => (string)job["state"]! == "cancelled");
        await again.KillAsync();
        await using var third = await ChildService.StartAsync(arguments, TestContext.Current.CancellationToken, ContractCheck.Create());
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal("cancelled", (string)(await third.Http.GetFromAsync("jobs")).AsArray()[0]!["state"]!);
    }

    private static async Task WriteAsync(
        HttpClient http, string name, ConcurrentDictionary<string, byte[]> acknowledged, ConcurrentDictionary<string, bool> deleted)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var picture = Pictures.Blocks(HashCode.Combine(name.GetHashCode(StringComparison.Ordinal), i));
                var id = $"{name}-{i}";
                using var put = await http.PutAsync(id, picture);
                Assert.Equal(201, (int)put.StatusCode);
                acknowledged[id] = picture;
                if (i % 5 == 4)
                {
                    var former = $"{name}-{i - 2}";
                    // Whether an unanswered deletion happened is unknown: it counts as neither.
                    acknowledged.TryRemove(former, out _);
                    using var delete = await http.DeleteAsync($"items/{former}");
                    deleted[former] = true;
                }
            }
        }
        catch (HttpRequestException)
        {
            // The kill.
        }
    }

    private static async Task CheckAsync(
        HttpClient http, ConcurrentDictionary<string, byte[]> acknowledged, ConcurrentDictionary<string, bool> deleted)
    {
        foreach (var (id, picture) in acknowledged)
        {
            Assert.Equal(picture, await http.GetByteArrayAsync($"items/{id}/image"));
            Assert.Equal(id, (await http.SearchAsync(picture, "?k=1")).Ids().Single());
        }

        foreach (var id in deleted.Keys)
        {
            using var answer = await http.GetAsync($"items/{id}");
            Assert.Equal(404, (int)answer.StatusCode);
        }

        var stats = await http.GetObjectAsync("stats");
        Assert.Equal((int)stats["items"]!, (int)stats["index"]!["vectors"]!);
    }

    private static async Task<System.Text.Json.Nodes.JsonObject> JobAsync(
        HttpClient http, Func<System.Text.Json.Nodes.JsonObject, bool> until)
    {
        return (await Eventually.SeeAsync(
            async () => (await http.GetFromAsync("jobs")).AsArray().FirstOrDefault()?.AsObject(), job => job is not null && until(job),
            "the job is as far", TestContext.Current.CancellationToken))!;
    }

    private static async Task<string[]> ItemsAsync(HttpClient http) =>
        [.. (await http.GetObjectAsync("items?limit=1000"))["items"]!.AsArray().Select(item => (string)item!["id"]!)];
}

using System.IO.Compression;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// One data folder whose service is killed again and again while it is added to, deleted from, imported into, rolled out,
/// switched and saved; after each start it is held against what was acknowledged.
/// </summary>
internal sealed class KillStorm(TestFolder folder, int seed, CancellationToken cancel)
{
    // An import and a rollout on a machine that is busy with other tests.
    private static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(10);
    private const int Writers = 2;
    private const int MostItemsOfAWriter = 40;
    private const int PicturesOfAnImport = 8;
    private const int PicturesLookedAt = 8;
    private const int KillsBetweenLines = 50;
    private static readonly string[] Embedders = ["tiny", "second", "third"];
    private readonly PossibleItems _items = new();
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _imported = [];
    private readonly HashSet<string> _promised = [];
    private int _pictures;
    private int _imports;

    public StormFigures Figures { get; } = new();

    public async Task RunAsync(int kills)
    {
        folder.AddModel("second", seed: 2, dimension: 48);
        folder.AddModel("third", seed: 3, dimension: 40);
        var told = 0;
        while (Figures.Kills < kills)
        {
            if (Figures.Kills > 0 && _random.Next(6) == 0)
            {
                // While it loads, replays, tidies up or goes on with jobs.
                await ChildService.KillAtStartAsync(Arguments(), TimeSpan.FromMilliseconds(_random.Next(300, 1500)));
                Figures.Kills++;
                Figures.KillsAtStart++;
            }

            await using var service = await ChildService.StartAsync(Arguments(), cancel);
            var client = new DmlClient(service.Http);
            await CheckAsync(client, isLast: false);
            var work = Task.WhenAll([
                ImportAsync(client),
                SwitchAsync(client, _random.Next()),
                .. Enumerable.Range(0, Writers).Select(writer => WriteAsync(client, writer, _random.Next())),
            ]);
            // By the clock and by what has been done: a busy machine gets as far as an idle one.
            var enough = Figures.Writes + _random.Next(20);
            await Task.Delay(_random.Next(0, 500), cancel);
            await Eventually.BeAsync(() => Figures.Writes >= enough || work.IsCompleted, $"{enough} writes", cancel);
            await service.KillAsync();
            Figures.Kills++;
            await work;
            if (Figures.Kills >= told + KillsBetweenLines)
            {
                told = Figures.Kills;
                Amount.Say($"seed {seed}, of {kills}: {Figures}");
            }
        }

        await using var last = await ChildService.StartAsync(Arguments(), cancel);
        await CheckAsync(new DmlClient(last.Http), isLast: true);
        await AssertNothingLiesAboutAsync();
    }

    private string[] Arguments() => folder.Arguments("--Data:SnapshotSeconds=1");

    private byte[] NewPicture() => Pictures.Blocks(Interlocked.Increment(ref _pictures));

    private async Task WriteAsync(DmlClient client, int writer, int seedOfRound)
    {
        var random = new Random(seedOfRound);
        var prefix = $"w{writer}-";
        await UntilTheKillAsync(async () =>
        {
            var own = _items.Ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal) && _items.Of(id) is not null).ToList();
            var choice = own.Count < 3 ? 0 : own.Count >= MostItemsOfAWriter ? 9 : random.Next(10);
            var id = choice < 5 ? $"{prefix}{random.Next(1000)}" : own[random.Next(own.Count)];
            var label = $"label {random.Next(5)}";
            if (choice < 7)
            {
                var picture = NewPicture();
                await _items.WriteAsync(id, ItemState.Of(picture, label), () =>
                    client.PutItemAsync(id, picture, new() { Label = label }, cancel));
            }
            else if (choice == 7)
            {
                await _items.WriteAsync(id, _items.Of(id)! with { Label = label }, () =>
                    client.PatchItemAsync(id, new JsonObject { ["label"] = label }, cancel));
            }
            else
            {
                await _items.WriteAsync(id, null, async () =>
                    Assert.True(await client.DeleteItemAsync(id, cancel), $"{id} was not there to delete"));
            }

            Figures.CountWrite();
        });
    }

    private Task ImportAsync(DmlClient client) => UntilTheKillAsync(async () =>
    {
        var name = $"import{++_imports}";
        var ids = Enumerable.Range(0, PicturesOfAnImport).Select(i => $"{name}.{i}.png").ToList();
        var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (i, id) in ids.Index())
            {
                var picture = NewPicture();
                _items.Allow(id, ItemState.Of(picture, name));
                using var entry = zip.CreateEntry($"{name}/{i}.png").Open();
                entry.Write(picture);
            }
        }

        _imported.UnionWith(ids);
        archive.Position = 0;
        var job = await client.ImportAsync(archive, cancel);
        // An acknowledged archive is a promise that its import comes to its end, whatever happens.
        _promised.UnionWith(ids);
        Figures.Imports++;
        await client.WaitForJobAsync(job.Id, cancel);
    });

    private Task SwitchAsync(DmlClient client, int seedOfRound)
    {
        var random = new Random(seedOfRound);
        return UntilTheKillAsync(async () =>
        {
            try
            {
                var kept = (await client.GenerationsAsync(cancel))
                    .Where(row => row.State == GenerationState.Retired && row.Vectors > 0)
                    .ToList();
                if (kept.Count > 0 && random.Next(3) == 0)
                {
                    await client.ActivateAsync(kept[0].Number, cancel);
                }
                else
                {
                    var job = await client.RollOutAsync(Embedders[random.Next(Embedders.Length)], cancel);
                    await client.WaitForJobAsync(job.Id, cancel);
                }

                Figures.Switches++;
            }
            catch (DmlException refusal) when ((int)refusal.Status == 409)
            {
                // One that an earlier process began is under way, this one is active, or it is not kept.
                await Task.Delay(10, cancel);
            }
        });
    }

    private static async Task UntilTheKillAsync(Func<Task> work)
    {
        try
        {
            while (true)
            {
                await work();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The kill.
        }
    }

    private async Task CheckAsync(DmlClient client, bool isLast)
    {
        // Every other time without waiting for what the start goes on with, so that the next kill meets it.
        var isQuiet = isLast || _random.Next(2) == 0;
        if (isQuiet)
        {
            await WaitForQuietAsync(client);
        }

        var seen = await client.ItemsAsync(cancel: cancel).ToDictionaryAsync(item => item.Id, cancellationToken: cancel);
        foreach (var id in _items.Ids.Union(seen.Keys))
        {
            var state = ItemState.Of(seen.GetValueOrDefault(id));
            if (!_imported.Contains(id))
            {
                _items.Settle(id, state);
                continue;
            }

            _items.Check(id, state);
            Assert.True(state is not null || !isQuiet || !_promised.Contains(id), $"{id} is absent, and its import was acknowledged");
        }

        if (isQuiet)
        {
            await CheckIndexAsync(client, seen);
        }

        foreach (var item in seen.Values.OrderBy(_ => _random.Next()).Take(isLast ? int.MaxValue : PicturesLookedAt))
        {
            await CheckPictureAsync(client, item);
        }

        if (isQuiet)
        {
            await ForgetImportsAsync(client);
        }
    }

    private async Task WaitForQuietAsync(DmlClient client)
    {
        await Eventually.SeeAsync(
            async () => Directory.EnumerateFiles(Path.Combine(folder.Data, "imports")).Any()
                || (await client.GenerationsAsync(cancel)).Any(row => row.State == GenerationState.Building)
                || (await client.JobsAsync(cancel)).Any(job => job.State is JobState.Running or JobState.Queued),
            isBusy => !isBusy, "everything that the start resumed has ended", cancel, LongPatience);
    }

    private async Task CheckIndexAsync(DmlClient client, Dictionary<string, Item> items)
    {
        var stats = await client.StatsAsync(cancel);
        Assert.Equal((items.Count, items.Count), ((int)stats.Items, stats.Index!.Vectors));
        Assert.InRange(items.Count, 0, 1000);
        var found = (await client.SearchAsync(Pictures.Blocks(0), new() { K = 1000 }, cancel)).Hits.Select(hit => hit.Id);
        Assert.Equal(items.Keys.Order(), found.Order());
        Figures.IndexChecks++;
    }

    private async Task CheckPictureAsync(DmlClient client, Item item)
    {
        var picture = await client.ImageAsync(item.Id, cancel);
        Assert.Equal(item.Sha256, ItemState.HashOf(picture));
        var hit = (await client.SearchAsync(picture, new() { K = 1 }, cancel)).Hits.Single();
        Assert.Equal((item.Id, true), (hit.Id, hit.Score > 0.9999f));
        Figures.PicturesFound++;
    }

    // Keeps the catalogue small.
    private async Task ForgetImportsAsync(DmlClient client)
    {
        foreach (var id in _imported)
        {
            _items.Allow(id, null);
            await client.DeleteItemAsync(id, cancel);
            _items.Settle(id, null);
        }

        _imported.Clear();
        _promised.Clear();
    }

    private async Task AssertNothingLiesAboutAsync()
    {
        var expected = _items.Ids.Select(_items.Of).OfType<ItemState>().Select(state => state.Sha256).Order().ToList();
        List<string> pictures;
        List<string> leftOvers;
        var patience = TimeSpan.FromSeconds(30);
        var begin = TimeProvider.System.GetTimestamp();
        do
        {
            await Task.Delay(50, cancel);
            pictures =
            [
                .. Directory
                    .EnumerateFiles(Path.Combine(folder.Data, "blobs"), "*", SearchOption.AllDirectories)
                    .Select(path => Path.GetFileName(path))
                    .Order(),
            ];
            leftOvers = [.. Directory.EnumerateFileSystemEntries(folder.Data, "*.tmp", SearchOption.AllDirectories)];
        }
        while (!(pictures.SequenceEqual(expected) && leftOvers.Count == 0) && TimeProvider.System.GetElapsedTime(begin) < patience);
        Assert.Equal(expected, pictures);
        Assert.Empty(leftOvers);
    }
}

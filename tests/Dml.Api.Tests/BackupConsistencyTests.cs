using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Dml.Api.Backups;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>A backup taken while many write, held against what each writer had been told before it began.</summary>
public sealed class BackupConsistencyTests : IDisposable
{
    private const int Writers = 4;
    private const int IdsOfAWriter = 12;
    private readonly TestFolder _folder = new();
    private readonly TestFolder _other = new();

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Everything_acknowledged_before_is_there_and_nothing_is_half_written()
    {
        var cancel = TestContext.Current.CancellationToken;
        // Of each id all states that were begun: the picture's seed, or null for deleted. Only its own writer adds to it.
        var begun = new ConcurrentDictionary<string, List<int?>>();
        // Of each id the place in its list of the last state that was acknowledged.
        var acknowledged = new ConcurrentDictionary<string, int>();
        var archives = new List<(string Path, Dictionary<string, int> Before, Dictionary<string, int> After)>();
        await using (var service = await TestService.StartAsync(_folder))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var writers = Enumerable
                .Range(0, Writers)
                .Select(writer => WriteAsync(service.Http, writer, begun, acknowledged, stop.Token))
                .ToArray();
            await Eventually.BeAsync(() => acknowledged.Count >= Writers * IdsOfAWriter, "every id is written", cancel);

            for (var round = 0; round < 4; round++)
            {
                var before = new Dictionary<string, int>(acknowledged);
                var job = await service.Client.WaitForJobAsync((await service.Client.BackUpAsync(cancel)).Id, cancel);
                Assert.True(job.State == Dml.Contracts.JobState.Succeeded, job.Message);
                var after = begun.ToDictionary(pair => pair.Key, pair => Count(pair.Value));
                archives.Add((Path.Combine(_folder.Data, "backups", (string)job.Result!["name"]!), before, after));
            }

            await stop.CancelAsync();
            await Task.WhenAll(writers);
            // What was deleted meanwhile is gone by now, pictures too: as many are left as items need.
            var used = begun.Values.Where(states => states[^1] is not null).Select(states => states[^1]).Distinct().Count();
            Assert.Equal(used, Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories).Count());
        }

        var changedMeanwhile = 0;
        foreach (var (path, before, after) in archives)
        {
            var data = Path.Combine(_other.Data, Path.GetFileNameWithoutExtension(path));
            Restore.Run(path, data, cancel);
            await using var restored = await TestService.StartAsync(_other, $"--Data:Folder={data}");
            var items = (await restored.Http.GetObjectAsync("items?limit=1000"))["items"]!
                .AsArray()
                .ToDictionary(item => (string)item!["id"]!, item => item!);
            foreach (var (id, from) in before)
            {
                var possible = begun[id].Take(after[id]).Skip(from).ToList();
                changedMeanwhile += possible.Count > 1 ? 1 : 0;
                if (!items.TryGetValue(id, out var item))
                {
                    Assert.Contains(null, possible);
                    continue;
                }

                var seed = int.Parse((string)item["label"]!, System.Globalization.CultureInfo.InvariantCulture);
                Assert.Contains(seed, possible);
                // Label, hash, picture and vector are of the same write.
                var picture = await restored.Http.GetByteArrayAsync($"items/{id}/image", cancel);
                Assert.Equal(Pictures.Blocks(seed), picture);
                Assert.Equal((string)item["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(picture)));
                Assert.Contains(id, (await restored.Http.SearchAsync(picture, "?minScore=0.9999")).Ids());
            }

            Assert.Empty(items.Keys.Except(begun.Keys));
            var stats = await restored.Http.GetObjectAsync("stats");
            Assert.Equal((items.Count, items.Count), ((int)stats["items"]!, (int)stats["index"]!["vectors"]!));
        }

        Assert.True(changedMeanwhile > 0, "No write fell into a backup: the test showed nothing.");
    }

    private static async Task WriteAsync(
        HttpClient http,
        int writer,
        ConcurrentDictionary<string, List<int?>> begun,
        ConcurrentDictionary<string, int> acknowledged,
        CancellationToken stop)
    {
        var random = new Random(writer);
        for (var step = 0; !stop.IsCancellationRequested; step++)
        {
            var id = $"w{writer}-{step % IdsOfAWriter}";
            var states = begun.GetOrAdd(id, _ => []);
            int? next = states.Count > 0 && states[^1] is not null && random.Next(3) == 0 ? null : (writer * 1_000_000) + step;
            lock (states)
            {
                states.Add(next);
            }

            using var answer = next is { } seed
                ? await http.PutAsync(id, Pictures.Blocks(seed), $"{seed}")
                : await http.DeleteAsync($"items/{id}", CancellationToken.None);
            Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.NoContent, $"{answer.StatusCode}");
            acknowledged[id] = states.Count - 1;
        }
    }

    private static int Count(List<int?> states)
    {
        lock (states)
        {
            return states.Count;
        }
    }
}

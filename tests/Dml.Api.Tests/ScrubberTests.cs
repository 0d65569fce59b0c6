using System.Diagnostics;
using System.Diagnostics.Metrics;
using Dml.Api.Catalogue;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Stored pictures are compared with their SHA-256 before somebody misses one.</summary>
public sealed class ScrubberTests : IDisposable
{
    private const int Items = 12;
    private const int Unreadable = int.MinValue;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(-1)]
    [InlineData(20)]
    [InlineData(Unreadable)]
    public async Task Damage_is_found_counted_and_forgotten_when_it_is_repaired(int? flipped)
    {
        string path;
        await using (var service = await TestService.StartAsync(_folder, "--Data:ScrubBytesPerSecond=0"))
        {
            for (var i = 0; i < Items; i++)
            {
                await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel);
            }

            var item = await service.Client.FindItemAsync("i3", Cancel);
            path = service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(item!.Sha256);
            Assert.Equal(new PictureStats(0, 0, null), (await service.Client.StatsAsync(Cancel)).Pictures);
        }

        Spoil(path, flipped);
        long counted = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == "dml.pictures.damaged")
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();
        await using (var service = await TestService.StartAsync(_folder))
        {
            var stats = await WaitAsync(service, pictures => pictures.CompletedAt is not null);
            Assert.Equal((Items, 1), (stats.Checked, stats.Damaged));
            Assert.Equal(1, counted);
            await service.Client.PutItemAsync("i3", Pictures.Blocks(3), null, Cancel);
            await WaitAsync(service, pictures => pictures.Damaged == 0);
        }
    }

    [Fact]
    public async Task The_log_names_the_items()
    {
        var args = _folder.Arguments();
        string path;
        await using (var service = await TestService.StartAsync(_folder))
        {
            var item = await service.Client.PutItemAsync("lost", Pictures.Blocks(1), null, Cancel);
            path = service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(item.Sha256);
        }

        Spoil(path, 0);
        await using var child = await ChildService.StartAsync(args, Cancel);
        var watch = Stopwatch.StartNew();
        while (!child.Log.Contains("of item lost is damaged: Its bytes do not match its SHA-256.", StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < Patience, child.Log);
            await Task.Delay(50, Cancel);
        }
    }

    [Fact]
    public async Task Running_out_of_file_handles_is_no_damage()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit"), "needs prlimit");
        long bytes = 0;
        await using (var service = await TestService.StartAsync(_folder, "--Data:ScrubBytesPerSecond=0"))
        {
            for (var i = 0; i < Items; i++)
            {
                bytes += (await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel)).Bytes;
            }
        }

        // A pass takes half a minute, and fails where no more files can be opened.
        await using var child = await ChildService.StartAsync(_folder.Arguments($"--Data:ScrubBytesPerSecond={bytes / 30}"), Cancel);
        using (var limit = Process.Start("/usr/bin/prlimit", [$"--pid={child.Id}", "--nofile=3:"]))
        {
            await limit.WaitForExitAsync(Cancel);
            Assert.Equal(0, limit.ExitCode);
        }

        var watch = Stopwatch.StartNew();
        while (!child.Log.Contains("The stored pictures cannot be checked", StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < Patience, child.Log);
            Assert.DoesNotContain("is damaged", child.Log, StringComparison.Ordinal);
            await Task.Delay(50, Cancel);
        }

        Assert.Contains("Too many open files", child.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("is damaged", child.Log, StringComparison.Ordinal);
    }

    private static void Spoil(string path, int? flipped)
    {
        if (flipped == Unreadable)
        {
            BadSector.Put(path);
            return;
        }

        if (flipped is not { } at)
        {
            File.Delete(path);
            return;
        }

        var bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static async Task<PictureStats> WaitAsync(TestService service, Func<PictureStats, bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var pictures = (await service.Client.StatsAsync(Cancel)).Pictures;
            if (condition(pictures))
            {
                return pictures;
            }

            Assert.True(watch.Elapsed < Patience, pictures.ToString());
            await Task.Delay(50, Cancel);
        }
    }
}

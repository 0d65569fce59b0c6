using System.Text.Json;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// Files of the data folder that are cut short or changed: what can be made again is made again, for the rest there is one
/// clear sentence.
/// </summary>
public sealed class DamageTests : IDisposable
{
    private const int Items = 30;
    private static readonly string[] Quiet = ["--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft=None"];
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_index_is_rebuilt_whatever_is_wrong_with_its_file()
    {
        await FillAsync();
        await using var service = await TestService.StartAsync(_folder, Quiet);
        var snapshot = service.Services.GetRequiredService<IndexSnapshot>();
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        var vectors = await service
            .Services.GetRequiredService<SqliteCatalogue>()
            .EmbeddingsAsync(generation.Fingerprint, 0, Cancel)
            .ToDictionaryAsync(row => row.Key, row => row.Vector, cancellationToken: Cancel);
        Assert.Equal(Items, vectors.Count);
        var path = Directory.EnumerateFiles(Path.Combine(_folder.Data, "index")).Single();
        var whole = await File.ReadAllBytesAsync(path, Cancel);
        var amount = Amount.Of("DAMAGES", 1500);
        var damages = Damage.Cuts(whole, amount).Concat(Damage.Flips(whole, amount, new Random(Amount.Seed())));
        var count = 0;
        foreach (var damage in damages)
        {
            await File.WriteAllBytesAsync(path, damage.Bytes, Cancel);
            var (index, sequence) = await snapshot.OpenAsync(generation.Fingerprint, generation.Dimension, fromSnapshot: true, Cancel);
            Assert.True(await snapshot.LevelAsync(index, generation.Fingerprint, sequence, Cancel), damage.What);
            var came = new float[generation.Dimension];
            foreach (var (key, vector) in vectors)
            {
                Assert.True(index.TryGetVector(key, came) && came.AsSpan().SequenceEqual(vector), damage.What);
            }

            count++;
        }

        Amount.Say($"{count} damages of an index file of {whole.Length} bytes");
    }

    [Fact]
    public async Task An_embedder_is_taken_from_the_models_folder_whatever_is_wrong_with_its_copy()
    {
        await FillAsync();
        await using var service = await TestService.StartAsync(_folder, Quiet);
        var row = (await service.Services.GetRequiredService<SqliteCatalogue>().Generations.AllAsync(Cancel)).Single();
        var store = service.Services.GetRequiredService<EmbedderStore>();
        var folder = Directory.EnumerateDirectories(Path.Combine(_folder.Data, "embedders")).Single();
        var random = new Random(Amount.Seed());
        var amount = Amount.Of("DAMAGES", 1500);
        foreach (var name in new[] { EmbedderManifest.FileName, EmbedderManifest.NetworkFileName })
        {
            var path = Path.Combine(folder, name);
            var whole = await File.ReadAllBytesAsync(path, Cancel);
            // Opening one takes a hundred times as long as opening an index.
            foreach (
                var damage in Damage.Cuts(whole, Math.Max(1, amount / 30)).Concat(Damage.Flips(whole, Math.Max(1, amount / 30), random)))
            {
                await File.WriteAllBytesAsync(path, damage.Bytes, Cancel);
                using var embedder = store.Open(row, workers: 1);
                Assert.Equal(row.Fingerprint, embedder.Fingerprint);
            }
        }
    }

    [Fact]
    public async Task A_manifest_is_read_or_refused_in_one_way()
    {
        var folder = Path.Combine(_folder.Models, "tiny");
        var path = Path.Combine(folder, EmbedderManifest.FileName);
        var whole = await File.ReadAllBytesAsync(path, Cancel);
        var fingerprint = EmbedderManifest.Load(folder).Fingerprint;
        var refused = 0;
        foreach (var damage in Damage.Cuts(whole, whole.Length).Concat(EveryFlip(whole)))
        {
            await File.WriteAllBytesAsync(path, damage.Bytes, Cancel);
            try
            {
                // A name or a note may have changed; what makes the vectors has not.
                Assert.Equal(fingerprint, EmbedderManifest.Load(folder).Fingerprint);
            }
            catch (EmbedderException)
            {
                refused++;
            }
        }

        Amount.Say($"{refused} of {whole.Length * 9} damages of a manifest refused, the others leave its fingerprint");
        Assert.InRange(refused, whole.Length, whole.Length * 9);
    }

    [Fact]
    public async Task A_job_file_that_cannot_be_read_is_left_out()
    {
        var folder = Path.Combine(_folder.Data, "jobs");
        var files = new JobFiles(folder, NullLogger.Instance);
        var job = new Job
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Kind = JobKind.Import,
            State = JobState.Running,
            StartedAt = DateTimeOffset.UtcNow,
            Message = "Importing",
        };
        files.Save(job, by: null);
        var path = Path.Combine(folder, $"{job.Id}.json");
        var whole = await File.ReadAllBytesAsync(path, Cancel);
        foreach (var damage in Damage.Cuts(whole, whole.Length).Concat(EveryFlip(whole)).Append(new Damage("null", "null"u8.ToArray())))
        {
            await File.WriteAllBytesAsync(path, damage.Bytes, Cancel);
            Assert.All(files.Load(), known => Assert.Equal(job.Id, known.Job.Id));
        }
    }

    // With the second seed, a write finds another item's row under its id.
    [Theory]
    [InlineData(null)]
    [InlineData(14351565)]
    public async Task A_damaged_catalogue_is_named_loses_no_picture_and_never_ends_the_process(int? seed)
    {
        await FillAsync();
        var path = Path.Combine(_folder.Data, "catalogue.db");
        var whole = await File.ReadAllBytesAsync(path, Cancel);
        var amount = Amount.Of("STARTS", 20);
        var (refused, served) = (0, 0);
        foreach (var damage in Damage.Cuts(whole, amount).Concat(Damage.Flips(whole, amount, new Random(seed ?? Amount.Seed()))))
        {
            await File.WriteAllBytesAsync(path, damage.Bytes, Cancel);
            foreach (var log in new[] { "-wal", "-shm" })
            {
                File.Delete(path + log);
            }

            if (await TryServeAsync(damage))
            {
                served++;
            }
            else
            {
                refused++;
            }

            Assert.Equal(Items, Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories).Count());
        }

        Amount.Say($"{refused} damaged catalogues refused at the start, {served} served what can be read");
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("emptied")]
    [InlineData("missing")]
    public async Task A_start_without_a_readable_catalogue_ends_in_one_sentence_and_deletes_nothing(string fault)
    {
        await FillAsync();
        var path = Path.Combine(_folder.Data, "catalogue.db");
        File.Delete(path);
        if (fault != "missing")
        {
            await File.WriteAllBytesAsync(
                path, fault == "emptied" ? [] : [.. "not a database, but long enough to be one"u8, .. new byte[5000]], Cancel);
        }

        var (code, log) = await ChildService.RunAsync(_folder.Arguments());
        Assert.Equal(1, code);
        Assert.Contains("catalogue.db cannot be read: ", log, StringComparison.Ordinal);
        Assert.Contains("Restore", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        Assert.Equal(Items, Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories).Count());
    }

    // False when the start was refused with a sentence; everything else that goes wrong fails the test.
    private async Task<bool> TryServeAsync(Damage damage)
    {
        TestService service;
        try
        {
            service = await TestService.StartAsync(_folder, Quiet);
        }
        catch (SettingsException refusal)
        {
            Assert.Contains("catalogue", refusal.Message, StringComparison.Ordinal);
            return false;
        }

        await using (service)
        {
            foreach (
                var call in new[] { "items?limit=1000", "items/i3", "items/i3/image", "stats", "generations", "jobs", "healthz/ready" }
            )
            {
                using var answer = await service.Http.GetAsync(call, Cancel);
                await AssertAnsweredAsync(answer, damage);
            }

            using var put = await service.Http.PutAsync("i5", Pictures.Blocks(5));
            await AssertAnsweredAsync(put, damage);
            using var search = await service.Http.PostAsync("search", new ByteArrayContent(Pictures.Blocks(1)), Cancel);
            await AssertAnsweredAsync(search, damage);
            Assert.False(
                service.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested, damage.What);
        }

        return true;
    }

    private static async Task AssertAnsweredAsync(HttpResponseMessage answer, Damage damage)
    {
        if (!answer.IsSuccessStatusCode)
        {
            using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
            var code = problem.RootElement.GetProperty("code").GetString();
            Assert.True(
                code is "damaged-catalogue" or "internal" or "not-found" or "no-generation",
                $"{damage.What}: {answer.RequestMessage!.RequestUri} answered {code}");
        }
    }

    private static IEnumerable<Damage> EveryFlip(byte[] whole)
    {
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return new Damage($"bit {bit} flipped", flipped);
        }
    }

    private async Task FillAsync()
    {
        await using var service = await TestService.StartAsync(_folder);
        for (var i = 0; i < Items; i++)
        {
            await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel);
        }
    }
}

using System.Formats.Tar;
using System.Security.Cryptography;
using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Jobs;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>What a backup holds, and what a restore refuses.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Items = 20;
    private const int Seed = 4;
    private readonly TestFolder _folder = new();
    private readonly TestFolder _other = new();

    private string Archive => Path.Combine(_other.Data, "..", "backup.tar");

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_restored_service_answers_the_same()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        string list, hits, generations;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
            await RollOutAsync(service, "second");
            await BackUpAsync(service);
            (list, hits, generations) = await AnswersAsync(service.Http);
            using var named = await service.Http.GetAsync("backups/../catalogue.db", TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)named.StatusCode);
            using var unknown = await service.Http.GetAsync("backups/dml-20200101-000000-000.tar", TestContext.Current.CancellationToken);
            Assert.Equal("not-found", await unknown.ProblemCodeAsync());
        }
        // Nothing but the archive: no embedder in the models folder.
        Directory.Delete(_other.Models, recursive: true);
        var (code, log) = await RestoreAsync();
        Assert.True(code == 0, log);

        await using var restored = await TestService.StartAsync(_other);
        Assert.Equal((list, hits, generations), await AnswersAsync(restored.Http));
        for (var i = 0; i < Items; i++)
        {
            Assert.Equal(
                Pictures.Blocks(i), await restored.Http.GetByteArrayAsync($"items/i{i:d2}/image", TestContext.Current.CancellationToken));
        }
        // The generation before is kept as well.
        using var back = await restored.Http.PostAsync("generations/1/activate", null, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)back.StatusCode);
        Assert.Equal("i03", (await restored.Http.SearchAsync(Pictures.Blocks(3), "?k=1")).Ids().Single());
    }

    [Fact]
    public async Task An_archive_can_be_read_by_hand()
    {
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Http);
        await BackUpAsync(service);
        var entries = Entries(await File.ReadAllBytesAsync(Archive, TestContext.Current.CancellationToken));

        Assert.Equal("catalogue.db", entries[0].Name);
        Assert.Equal("manifest.json", entries[^1].Name);
        var pictures = entries.Where(entry => entry.Name.StartsWith("blobs/", StringComparison.Ordinal)).ToList();
        Assert.Equal(Items, pictures.Count);
        Assert.All(pictures, picture =>
            Assert.EndsWith(Convert.ToHexStringLower(SHA256.HashData(picture.Bytes)), picture.Name, StringComparison.Ordinal));
        Assert.Equal(2, entries.Count(entry => entry.Name.StartsWith("embedders/", StringComparison.Ordinal)));
        using var json = new MemoryStream(entries[^1].Bytes);
        var manifest = BackupManifest.Read(json);
        Assert.Equal((Items, Items, 1, "tiny"), (manifest.Items, manifest.Pictures, manifest.Generation, manifest.Model));
    }

    [Fact]
    public async Task Old_backups_go_and_one_runs_at_a_time()
    {
        await using var service = await TestService.StartAsync(_folder, "--Backup:Keep=2");
        await FillAsync(service.Http);
        for (var i = 0; i < 3; i++)
        {
            await BackUpAsync(service);
        }

        var backups = (await service.Http.GetFromAsync("backups")).AsArray();
        Assert.Equal(2, backups.Count);
        Assert.True(string.CompareOrdinal((string)backups[0]!["name"]!, (string)backups[1]!["name"]!) > 0);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Data, "backups"), "*.tmp"));

        var starter = service.Services.GetRequiredService<BackupStarter>();
        var jobs = service.Services.GetRequiredService<JobBoard>();
        var wasRefused = false;
        // A small backup can be over before the second is asked for; not every time.
        for (var i = 0; i < 50 && !wasRefused; i++)
        {
            wasRefused = Enumerable.Range(0, 3).Any(_ => !starter.Start().Succeeded);
            Assert.InRange(jobs.CountRunning(JobKind.Backup), 0, 1);
        }

        Assert.True(wasRefused);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Backups_with_losses_do_not_push_out_the_newest_whole_one(int keep)
    {
        await using var service = await TestService.StartAsync(_folder, "--Data:ScrubBytesPerSecond=0", $"--Backup:Keep={keep}");
        await FillAsync(service.Http);
        await BackUpAsync(service);
        await BackUpAsync(service);
        var whole = (await NamesAsync())[0];
        var lost = service.Services.GetRequiredService<SqliteCatalogue>()
            .PicturePath(Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(5))));
        File.Delete(lost);
        for (var i = 0; i < keep + 2; i++)
        {
            await BackUpAsync(service);
            var names = await NamesAsync();
            Assert.EndsWith("-partial.tar", names[0], StringComparison.Ordinal);
            Assert.Contains(whole, names);
            Assert.InRange(names.Count, 2, Math.Max(2, keep));
        }

        using var download = await service.Http.GetAsync($"backups/{(await NamesAsync())[0]}", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)download.StatusCode);
        // From then on it is one of the old ones.
        await service.Client.PutItemAsync("i05", Pictures.Blocks(5), null, TestContext.Current.CancellationToken);
        for (var i = 0; i < keep; i++)
        {
            await BackUpAsync(service);
        }

        Assert.DoesNotContain(whole, await NamesAsync());
        Assert.Equal(keep, (await NamesAsync()).Count);

        async Task<List<string>> NamesAsync() =>
            [.. (await service.Http.GetFromAsync("backups")).AsArray().Select(backup => (string)backup!["name"]!)];
    }

    // The clock was ahead for a week, and has been set right.
    [Fact]
    public async Task Backups_from_the_future_do_not_push_out_new_ones()
    {
        var folder = Path.Combine(_folder.Data, "backups");
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["20990101-030000-000", "20990102-030000-999", "99999999-999999-999"])
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"dml-{name}.tar"), "future", TestContext.Current.CancellationToken);
        }

        await using var service = await TestService.StartAsync(_folder, "--Backup:Keep=2");
        await FillAsync(service.Http);
        for (var i = 1; i <= 3; i++)
        {
            await BackUpAsync(service);
            var backups = (await service.Http.GetFromAsync("backups")).AsArray().Select(backup => (string)backup!["name"]!).ToList();
            Assert.Equal(2, backups.Count);
            Assert.Contains($"dml-20990102-030001-{i - 1:d3}.tar", backups);
        }
    }

    [Fact]
    public async Task A_cancelled_backup_leaves_nothing()
    {
        await using var service = await TestService.StartAsync(_folder);
        await FillAsync(service.Http);
        using var cancellation = new CancellationTokenSource();
        var backup = service.Services.GetRequiredService<Backup>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup.WriteAsync(
            Archive,
            (done, _) =>
            {
                if (done == Items / 2)
                {
                    cancellation.Cancel();
                }
            },
            cancellation.Token));
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(Archive))!, "backup.tar*"));
        // And pictures are removed again.
        using var deleted = await service.Http.DeleteAsync("items/i01", TestContext.Current.CancellationToken);
        Assert.False(
            File.Exists(
                service
                    .Services.GetRequiredService<SqliteCatalogue>()
                    .PicturePath(Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(1))))));
    }

    [Theory]
    [InlineData("missing", "Its file is missing.")]
    [InlineData("changed", "Its bytes do not match its SHA-256.")]
    [InlineData("unreadable", "Its file cannot be read (IOException).")]
    public async Task An_unsound_picture_is_named_and_the_rest_is_kept(string fault, string problem)
    {
        string list;
        await using (var service = await TestService.StartAsync(_folder, "--Data:ScrubBytesPerSecond=0"))
        {
            await FillAsync(service.Http);
            await service.Client.PutItemAsync("same", Pictures.Blocks(5), null, TestContext.Current.CancellationToken);
            list = (await AnswersAsync(service.Http)).List;
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(5)));
            var picture = service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(sha256);
            File.Delete(picture);
            if (fault == "changed")
            {
                await File.WriteAllTextAsync(picture, "other bytes", TestContext.Current.CancellationToken);
            }
            else if (fault == "unreadable")
            {
                BadSector.Put(picture);
            }

            var started = await service.Client.BackUpAsync(TestContext.Current.CancellationToken);
            var job = await service.Client.WaitForJobAsync(started.Id, TestContext.Current.CancellationToken);
            Assert.Equal(Dml.Contracts.JobState.Succeeded, job.State);
            Assert.Contains("1 pictures are lost, of the items i05, same.", job.Message, StringComparison.Ordinal);
            Assert.Equal(1, (int)job.Result!["lostPictures"]!);
            Assert.Equal(Items - 1, (int)job.Result["pictures"]!);
            Assert.Equal(
                (sha256, "i05 same", problem),
                ((string)job.Result["lost"]![0]!["sha256"]!,
                    string.Join(' ', job.Result["lost"]![0]!["items"]!.AsArray().Select(id => (string)id!)),
                    (string)job.Result["lost"]![0]!["problem"]!));
            Assert.Equal(1, (await service.Client.StatsAsync(TestContext.Current.CancellationToken)).Pictures.Damaged);
            await BackUpAsync(service);
        }

        var (code, log) = await RestoreAsync();
        Assert.True(code == 0, log);
        Assert.Contains("1 pictures are lost, of the items i05, same.", log, StringComparison.Ordinal);
        await using var restored = await TestService.StartAsync(_other);
        Assert.Equal(list, (await AnswersAsync(restored.Http)).List);
        Assert.Equal(
            Pictures.Blocks(6), await restored.Http.GetByteArrayAsync("items/i06/image", TestContext.Current.CancellationToken));
        using var lost = await restored.Http.GetAsync("items/i05/image", TestContext.Current.CancellationToken);
        Assert.Equal(ProblemCode.DamagedPicture, await lost.ProblemCodeAsync());
        // It is still found, and the picture repairs it.
        Assert.Contains("i05", (await restored.Http.SearchAsync(Pictures.Blocks(5), "?k=2")).Ids());
        await restored.Client.PutItemAsync("i05", Pictures.Blocks(5), null, TestContext.Current.CancellationToken);
        Assert.Equal(
            Pictures.Blocks(5), await restored.Http.GetByteArrayAsync("items/same/image", TestContext.Current.CancellationToken));
    }

    // A disk that is not mounted has lost nothing, and the backups of better days must not go for one without pictures.
    [Fact]
    public async Task Without_the_folder_of_its_pictures_a_backup_fails()
    {
        await using var service = await TestService.StartAsync(_folder, "--Data:ScrubBytesPerSecond=0", "--Backup:Keep=1");
        await FillAsync(service.Http);
        await BackUpAsync(service);
        var kept = (string)(await service.Http.GetFromAsync("backups")).AsArray().Single()!["name"]!;
        Directory.Move(Path.Combine(_folder.Data, "blobs"), Path.Combine(_folder.Data, "elsewhere"));

        var started = await service.Client.BackUpAsync(TestContext.Current.CancellationToken);
        var job = await service.Client.WaitForJobAsync(started.Id, TestContext.Current.CancellationToken);
        Assert.Equal(Dml.Contracts.JobState.Failed, job.State);
        Assert.Equal(kept, (string)(await service.Http.GetFromAsync("backups")).AsArray().Single()!["name"]!);
        Assert.Equal(0, (await service.Client.StatsAsync(TestContext.Current.CancellationToken)).Pictures.Damaged);
    }

    [Fact]
    public async Task A_damaged_archive_is_refused_or_restored_whole()
    {
        byte[] sound;
        string list;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
            await BackUpAsync(service);
            list = (await AnswersAsync(service.Http)).List;
        }

        sound = await File.ReadAllBytesAsync(Archive, TestContext.Current.CancellationToken);
        var whole = Entries(sound);
        var random = new Random(Seed);
        var refused = 0;
        // Cuts and flipped bits anywhere; half of the flips in the headers and the manifest, which are few of the bytes.
        for (var i = 0; i < 120; i++)
        {
            var damaged = (byte[])sound.Clone();
            if (i % 4 == 0)
            {
                damaged = damaged[..random.Next(damaged.Length)];
            }
            else if (i % 4 == 1)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }
            else
            {
                var header = random.Next(damaged.Length / 512) * 512;
                damaged[header + random.Next(160)] ^= (byte)(1 << random.Next(8));
            }

            await File.WriteAllBytesAsync(Archive, damaged, TestContext.Current.CancellationToken);
            var target = Path.Combine(_other.Data, $"{i}");
            try
            {
                Restore.Run(Archive, target, TestContext.Current.CancellationToken);
                Assert.Equal(
                    whole.Where(entry => entry.Name != "manifest.json").Select(entry => entry.Name).Order(StringComparer.Ordinal),
                    FilesOf(target));
                Assert.All(whole.Where(entry => entry.Name != "manifest.json"), entry =>
                    Assert.Equal(entry.Bytes, File.ReadAllBytes(Path.Combine(target, entry.Name))));
            }
            catch (RestoreException exception)
            {
                refused++;
                Assert.True(
                    exception.Message.Contains("damaged", StringComparison.Ordinal)
                        || exception.Message.Contains("cut short", StringComparison.Ordinal)
                        || exception.Message.Contains("format", StringComparison.Ordinal),
                    $"seed {Seed}, case {i}: {exception.Message}");
                Assert.Empty(FilesOf(target));
            }
        }

        Assert.True(refused >= 60, $"{refused} refused");
        // The same folder takes the sound one afterwards.
        await File.WriteAllBytesAsync(Archive, sound, TestContext.Current.CancellationToken);
        Directory.Delete(_other.Data, recursive: true);
        var (code, log) = await RestoreAsync();
        Assert.True(code == 0, log);
        await using var restored = await TestService.StartAsync(_other);
        Assert.Equal(list, (await AnswersAsync(restored.Http)).List);
    }

    // With all hashes recomputed, as somebody would who can make the archive. "lost" pictures need not be in it.
    [Theory]
    [InlineData("", null)]
    [InlineData("CREATE TRIGGER spy AFTER INSERT ON items BEGIN DELETE FROM feedback; END", "trigger spy")]
    [InlineData(
        "DROP TRIGGER items_counted; CREATE TRIGGER items_counted AFTER INSERT ON items BEGIN DELETE FROM items; END",
        "trigger items_counted")]
    [InlineData("CREATE VIEW spies AS SELECT 1 AS key", "view spies")]
    [InlineData("CREATE TABLE more (a)", "table more")]
    [InlineData("UPDATE items SET id = '../i01' WHERE id = 'i01'", "items has a id")]
    [InlineData("UPDATE items SET sha256 = '../../../../../../../../../etc/passwd' WHERE id = 'i01'", "items has a sha256")]
    [InlineData("UPDATE items SET sha256 = upper(sha256) WHERE id = 'i01'", "items has a sha256")]
    [InlineData("UPDATE items SET sha256 = sha256 || char(0) || '/../x' WHERE id = 'i01'", "items has a sha256")]
    [InlineData("UPDATE items SET sha256 = CAST(sha256 AS BLOB) WHERE id = 'i01'", "items has a sha256")]
    [InlineData("UPDATE items SET content_type = 'text/html' WHERE id = 'i01'", "items has a content_type")]
    [InlineData("UPDATE items SET attributes = '[1]' WHERE id = 'i01'", "items has attributes")]
    [InlineData("DROP TRIGGER items_discounted", "lacks the trigger items_discounted")]
    [InlineData("UPDATE facts SET value = '1' WHERE name = 'items'", "other counts")]
    [InlineData("UPDATE embedders SET embeddings = 1", "other counts")]
    [InlineData("UPDATE facts SET value = 7 WHERE name = 'kept_bytes'", "other counts of feedback")]
    [InlineData("DELETE FROM facts WHERE name = 'right_feedback'", "other counts of feedback")]
    [InlineData("INSERT INTO kept_pictures VALUES ('/etc/passwd', 1, 1)", "kept_pictures has a sha256")]
    [InlineData("INSERT INTO feedback SELECT sha256, '/etc/passwd', 1, 1 FROM items WHERE id = 'i01'", "feedback has a other")]
    [InlineData("INSERT INTO feedback SELECT '../x', sha256, 1, 1 FROM items WHERE id = 'i01'", "feedback has a one")]
    [InlineData("UPDATE generations SET model = '../../elsewhere'", "generations has a model")]
    [InlineData("UPDATE generations SET fingerprint = '../../../elsewhere'", "generations has a fingerprint")]
    [InlineData("UPDATE generations SET state = '1'", "generations has a state")]
    [InlineData("UPDATE embedders SET fingerprint = 'short'", "embedders has a fingerprint")]
    [InlineData("UPDATE embeddings SET vector = zeroblob(8) WHERE rowid = 1", "embeddings has a vector")]
    [InlineData("UPDATE embeddings SET vector = 'text' WHERE rowid = 1", "embeddings has a vector")]
    public async Task A_catalogue_that_somebody_changed_is_not_restored(string change, string? problem)
    {
        string list;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
            await BackUpAsync(service);
            list = (await AnswersAsync(service.Http)).List;
        }

        await ForgeAsync(change);
        if (problem is null)
        {
            Restore.Run(Archive, _other.Data, TestContext.Current.CancellationToken);
            await using var restored = await TestService.StartAsync(_other);
            Assert.Equal(list, (await AnswersAsync(restored.Http)).List);
            return;
        }

        var refused = Assert.Throws<RestoreException>(() =>
            Restore.Run(Archive, _other.Data, TestContext.Current.CancellationToken));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Empty(FilesOf(_other.Data));
    }

    [Fact]
    public async Task The_commands_refuse_what_would_be_wrong()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
            var (busy, sentence) = await ChildService.RunAsync(["backup", "--to", Archive, $"--Data:Folder={_folder.Data}"]);
            Assert.Equal(1, busy);
            Assert.Contains("in use by another process", sentence, StringComparison.Ordinal);
            Assert.Contains("POST /backups", sentence, StringComparison.Ordinal);
        }

        var (code, log) = await ChildService.RunAsync(["backup", "--to", Archive, $"--Data:Folder={_folder.Data}"]);
        Assert.True(code == 0, log);
        (code, log) = await ChildService.RunAsync(["restore", "--from", Archive, $"--Data:Folder={_folder.Data}"]);
        Assert.Equal(1, code);
        Assert.Contains("is not empty", log, StringComparison.Ordinal);
        (code, log) = await ChildService.RunAsync(["restore", "--from", Archive + "x", $"--Data:Folder={_other.Data}"]);
        Assert.Equal(1, code);
        Assert.Contains("cannot be read", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        (code, log) = await RestoreAsync();
        Assert.True(code == 0, log);
        Assert.Contains($"{Items} items", log, StringComparison.Ordinal);
        await using var restored = await TestService.StartAsync(_other);
        Assert.Equal("i07", (await restored.Http.SearchAsync(Pictures.Blocks(7), "?k=1")).Ids().Single());
    }

    private Task<(int Code, string Log)> RestoreAsync() =>
        ChildService.RunAsync(["restore", "--from", Archive, $"--Data:Folder={_other.Data}"]);

    private async Task BackUpAsync(TestService service)
    {
        using var started = await service.Http.PostAsync("backups", null, TestContext.Current.CancellationToken);
        Assert.Equal(202, (int)started.StatusCode);
        var job = await service.Client.WaitForJobAsync(
            started.Headers.Location!.OriginalString.Split('/')[^1], TestContext.Current.CancellationToken);
        Assert.True(job.State == Dml.Contracts.JobState.Succeeded, job.Message);
        var newest = (await service.Http.GetFromAsync("backups")).AsArray()[0]!;
        var bytes = await service.Http.GetByteArrayAsync($"backups/{newest["name"]}", TestContext.Current.CancellationToken);
        Assert.Equal((long)newest["bytes"]!, bytes.Length);
        await File.WriteAllBytesAsync(Archive, bytes, TestContext.Current.CancellationToken);
    }

    private async Task ForgeAsync(string change)
    {
        var entries = Entries(await File.ReadAllBytesAsync(Archive, TestContext.Current.CancellationToken));
        var path = Path.Combine(_folder.Data, "..", "forged.db");
        await File.WriteAllBytesAsync(path, entries[0].Bytes, TestContext.Current.CancellationToken);
        var pictures = new List<string>();
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = change;
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            command.CommandText = "SELECT sha256 FROM items UNION SELECT sha256 FROM kept_pictures";
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                pictures.Add(reader.GetString(0));
            }
        }

        var catalogue = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        using var json = new MemoryStream(entries[^1].Bytes);
        var manifest = BackupManifest.Read(json);
        var stored = entries.Select(entry => Path.GetFileName(entry.Name)).ToHashSet();
        manifest = manifest with
        {
            Files =
            [
                new BackupFile("catalogue.db", catalogue.Length, Convert.ToHexStringLower(SHA256.HashData(catalogue))),
                .. manifest.Files.Skip(1),
            ],
            Lost = [.. pictures.Where(sha256 => !stored.Contains(sha256)).Select(sha256 => new LostPicture(sha256, [], "Lost."))],
        };
        entries[0] = ("catalogue.db", catalogue);
        entries[^1] = ("manifest.json", manifest.ToJson());
        await using var file = File.Create(Archive);
        await using var tar = new TarWriter(file);
        foreach (var (name, bytes) in entries)
        {
            using var data = new MemoryStream(bytes);
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data }, TestContext.Current.CancellationToken);
        }
    }

    private static async Task RollOutAsync(TestService service, string model)
    {
        using var started = await service.Http.PostAsync($"models/{model}/rollout", null, TestContext.Current.CancellationToken);
        var job = await service.Client.WaitForJobAsync(
            started.Headers.Location!.OriginalString.Split('/')[^1], TestContext.Current.CancellationToken);
        Assert.True(job.State == Dml.Contracts.JobState.Succeeded, job.Message);
    }

    private static async Task FillAsync(HttpClient http)
    {
        for (var i = 0; i < Items; i++)
        {
            using var answer = await http.PutAsync($"i{i:d2}", Pictures.Blocks(i), $"label {i % 4}", $$"""{"number":{{i}}}""");
            Assert.Equal(201, (int)answer.StatusCode);
        }
    }

    // What it cost differs from call to call, and whose times they are is no answer.
    private static async Task<(string List, string Hits, string Generations)> AnswersAsync(HttpClient http)
    {
        var hits = await http.SearchAsync(Pictures.Blocks(500), "?k=100&filter=attr.number<15");
        hits.Remove("took");
        return (
            (await http.GetObjectAsync("items?limit=1000")).ToJsonString(), hits.ToJsonString(),
            (await http.GetFromAsync("generations")).ToJsonString());
    }

    private static List<(string Name, byte[] Bytes)> Entries(byte[] archive)
    {
        using var tar = new TarReader(new MemoryStream(archive));
        var entries = new List<(string, byte[])>();
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            entries.Add((entry.Name, bytes.ToArray()));
        }

        return entries;
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path))
            .Where(path => path != "lock").Order(StringComparer.Ordinal);
}

using System.Net.Http.Json;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Answers tell what is wrong with a file, and not where it is on the machine.</summary>
public sealed class PathNameTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestFolder _outside = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => Path.GetFullPath(Path.Combine(_folder.Data, ".."));

    public void Dispose()
    {
        _folder.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public async Task A_service_without_its_embedder_tells_no_path()
    {
        File.Delete(Path.Combine(_folder.Models, "tiny", "model.json"));
        await using var service = await TestService.StartAsync(_folder);
        await ExpectAsync(service, 503, () => service.Http.GetAsync("healthz/ready", Cancel), "{Models:Folder}");
        await ExpectAsync(service, 503, () => service.Http.PostAsync("search", new ByteArrayContent(Pictures.Blocks(1)), Cancel));
    }

    [Fact]
    public async Task An_embedder_that_cannot_be_used_tells_no_path()
    {
        TinyEmbedder.Write(Path.Combine(_folder.Models, "spoilt"), "spoilt", seed: 3);
        await File.WriteAllTextAsync(Path.Combine(_folder.Models, "spoilt", "embedder.onnx"), "no network", Cancel);
        TinyEmbedder.Write(Path.Combine(_folder.Models, "unread"), "unread", seed: 3);
        await File.WriteAllTextAsync(Path.Combine(_folder.Models, "unread", "model.json"), "{", Cancel);
        await using var service = await TestService.StartAsync(_folder);
        await ExpectAsync(service, 200, () => service.Http.GetAsync("models", Cancel), "{Models:Folder}");
        await ExpectAsync(service, 422, () => service.Http.PostAsync("models/spoilt/rollout", null, Cancel));
        await ExpectAsync(service, 422, () => service.Http.PostAsync("models/unread/rollout", null, Cancel));
        using var form = new MultipartFormDataContent { { new StringContent("no network"), "onnx", "embedder.onnx" } };
        await ExpectAsync(service, 422, () => service.Http.PostAsync("models?name=new", form, Cancel));
    }

    [Fact]
    public async Task Jobs_tell_no_path()
    {
        var pictures = Path.Combine(Root, "pictures");
        Directory.CreateDirectory(Path.Combine(pictures, "label"));
        await File.WriteAllBytesAsync(Path.Combine(pictures, "label", "a.png"), "no picture"u8.ToArray(), Cancel);
        await using var service = await TestService.StartAsync(_folder, $"--Imports:Roots:0={pictures}");
        var job = await service.Client.ImportFolderAsync(pictures, Cancel);
        await service.Client.WaitForJobAsync(job.Id, Cancel);
        await ExpectAsync(service, 200, () => service.Http.GetAsync($"jobs/{job.Id}", Cancel), "{Imports:Roots:0}");
        await ExpectAsync(service, 200, () => service.Http.GetAsync($"jobs/{job.Id}/events", Cancel), "{Imports:Roots:0}");
        await ExpectAsync(service, 404, () => service.Http.PostAsJsonAsync(
            "imports", new ImportRequest(Path.Combine(pictures, "missing")), Cancel), "{Imports:Roots:0}/missing");
        await ExpectAsync(service, 403, () => service.Http.PostAsJsonAsync("imports", new ImportRequest(_outside.Data), Cancel));

        // A backup that cannot be written: a file stands where its folder should be.
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "backups"), "", Cancel);
        var backup = await service.Client.BackUpAsync(Cancel);
        Assert.Equal(JobState.Failed, (await service.Client.WaitForJobAsync(backup.Id, Cancel)).State);
        await ExpectAsync(service, 200, () => service.Http.GetAsync("jobs", Cancel));
        await ExpectAsync(service, null, () => service.Http.GetAsync("backups", Cancel));
    }

    [Fact]
    public async Task A_damaged_picture_tells_no_path()
    {
        await using var service = await TestService.StartAsync(_folder);
        using (var put = await service.Http.PutAsync("x", Pictures.Blocks(1)))
        {
            Assert.Equal(201, (int)put.StatusCode);
        }

        foreach (var blob in Directory.EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories))
        {
            File.Delete(blob);
        }

        await ExpectAsync(service, 500, () => service.Http.GetAsync("items/x/image", Cancel));
        await ExpectAsync(service, 500, () => service.Http.GetAsync("items/x/thumbnail", Cancel));
    }

    [Fact]
    public async Task A_damaged_catalogue_tells_no_path()
    {
        const int SqliteCorrupt = 11;
        await using var service = await TestService.StartAsync(_folder);
        service.Services.GetRequiredService<FaultInjection>().BeforeStatement = sql =>
        {
            if (sql.StartsWith("INSERT INTO items", StringComparison.Ordinal))
            {
                throw new SqliteException("database disk image is malformed", SqliteCorrupt);
            }
        };
        using (var put = await service.Http.PutAsync("x", Pictures.Blocks(1)))
        {
            Assert.Equal("damaged-catalogue", await put.ProblemCodeAsync());
        }

        await ExpectAsync(
            service, 500, () => service.Http.PutAsync("x", Pictures.Blocks(1)), "The catalogue {Data:Folder}/catalogue.db cannot be read");
    }

    [Fact]
    public async Task Only_whole_paths_are_replaced()
    {
        await using var service = await TestService.StartAsync(_folder);
        var names = service.Services.GetRequiredService<PathNames>();
        Assert.Equal("{Data:Folder}/catalogue.db is lost", names.Hide($"{_folder.Data}/catalogue.db is lost"));
        Assert.Equal("It is '{Data:Folder}'.", names.Hide($"It is '{_folder.Data}'."));
        Assert.Equal("{Data:Folder}/backups is part of it", names.Hide($"{_folder.Data}/backups is part of it")!.Replace(
            "{Backup:Folder}", "{Data:Folder}/backups", StringComparison.Ordinal));
        Assert.DoesNotContain("Data:Folder", names.Hide($"{_folder.Data}base"), StringComparison.Ordinal);
        Assert.Equal("GET /items and /jobs/{id}", names.Hide("GET /items and /jobs/{id}"));
        Assert.Null(names.Hide(null));
    }

    private async Task ExpectAsync(TestService service, int? status, Func<Task<HttpResponseMessage>> call, string? named = null)
    {
        using var answer = await call();
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(status is null || status == (int)answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        foreach (var path in new[] { Root, _outside.Data, AppContext.BaseDirectory.TrimEnd('/') })
        {
            Assert.DoesNotContain(path, text, StringComparison.Ordinal);
        }

        if (named is not null)
        {
            Assert.Contains(named, text, StringComparison.Ordinal);
        }
    }
}

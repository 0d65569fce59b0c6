using System.Net;
using System.Security.Cryptography;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>
/// Every program of the product writes to the folders that it is given and to that of temporary files, and asks for no other machine.
/// Each system call says so.
/// </summary>
public sealed class FootprintTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public FootprintTests() => Assert.SkipUnless(SystemCalls.Unavailable is null, SystemCalls.Unavailable ?? "");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => Path.GetFullPath(Path.Combine(_folder.Data, ".."));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_others_do_is_seen()
    {
        var outside = Path.Combine(Root, "outside");
        var calls = new SystemCalls(Root, "others");
        var footprint = await calls.RunAsync(
            ["sh", "-c", $"echo > '{outside}'; mkdir '{outside} too'; echo > \"$HOME/x\"; getent hosts nobody.invalid; true"], Cancel);
        Assert.Equal([outside, $"{outside} too"], footprint.Outside(calls.Home, calls.Temporary));
        Assert.NotEmpty(footprint.Calls);
        Assert.Equal(["x"], footprint.InHome.Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_service_keeps_to_its_folders()
    {
        var calls = new SystemCalls(Root, "the service");
        int process;
        // Everything that reaches far: pictures, imports, a trial of a network, a rollout, a backup, the end.
        await using (var service = await ChildService.StartAsync(_folder.Arguments(), Cancel, before: calls.Before))
        {
            process = service.Id;
            var client = new DmlClient(service.Http);
            await client.PutItemAsync("one", Pictures.Blocks(1), null, Cancel);
            await client.SearchAsync(Pictures.Blocks(1), null, Cancel);
            Assert.NotEmpty(await service.Http.GetByteArrayAsync("items/one/thumbnail", Cancel));
            using var archive = new MemoryStream(new TarBytes().Add("a/b.png", Pictures.Blocks(2)).End());
            await EndAsync(client, await client.ImportAsync(archive, Cancel));
            _folder.AddModel("second", seed: 2);
            await EndAsync(client, await client.RollOutAsync("second", Cancel));
            await EndAsync(client, await client.BackUpAsync(Cancel));
            using var page = await service.Http.GetAsync("", Cancel);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Equal(0, await service.StopAsync());
        }

        var footprint = await calls.ReadAsync(process, Cancel);
        AssertIsDurable(footprint);
        Assert.Contains(Path.Combine(_folder.Data, "catalogue.db"), footprint.Written);
        Assert.Empty(footprint.Outside(_folder.Data, _folder.Models, calls.Temporary));
        Assert.Empty(footprint.Calls);
        Assert.Empty(footprint.InHome);
    }

    [Fact]
    public async Task The_training_program_keeps_to_its_folders()
    {
        NightCatalogue.SkipWithoutTrainer();
        for (var i = 0; i < 24; i++)
        {
            var label = Directory.CreateDirectory(Path.Combine(Root, "pictures", $"class-{i / 4}")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(label, $"{i}.png"), Pictures.Blocks(i), Cancel);
        }

        await File.WriteAllTextAsync(
            Path.Combine(Root, "recipe.json"),
            """
            {
              "dataset": { "name": "folders", "folder": "pictures" },
              "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
              "head": { "name": "linear", "dimension": 16 },
              "training": { "epochs": 1 }
            }
            """,
            Cancel);
        var calls = new SystemCalls(Root, "dml");
        var program = Path.Combine(NightCatalogue.TrainerFolder, "dml.dll");
        var made = Path.Combine(Root, "made");
        foreach (var command in (string[][])
            [["train", "recipe.json", "--run", "run"], ["eval", "run"], ["export", "run", "--out", Path.Combine(made, "trained")],
                [
                    "adopt", Path.Combine(_folder.Models, "tiny", "embedder.onnx"), "--out", Path.Combine(made, "own"), "--preset",
                    "imagenet",
                ]])
        {
            var footprint = await calls.RunAsync(["dotnet", program, .. command], Cancel);
            Assert.Empty(footprint.Outside(Path.Combine(Root, "run"), made, calls.Temporary));
            Assert.Empty(footprint.Calls);
            Assert.Empty(footprint.InHome);
        }
    }

    [Fact]
    public async Task The_tool_that_makes_photo_keeps_to_its_folder()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var tool = Path.Combine(Repository.Root, "src", "Dml.Photo", "bin", output.Parent!.Name, output.Name, "Dml.Photo.dll");
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var published = Directory.Exists(packages)
            ? Directory.EnumerateFiles(packages, "ResNet18.onnx", SearchOption.AllDirectories).FirstOrDefault() : null;
        Assert.SkipWhen(published is null || !File.Exists(tool), "The published network or the tool is not here.");
        var photo = Directory.CreateDirectory(Path.Combine(Root, "photo")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Models, "photo")))
        {
            File.Copy(file, Path.Combine(photo, Path.GetFileName(file)));
        }

        var calls = new SystemCalls(Root, "photo");
        var footprint = await calls.RunAsync(["dotnet", tool, published!, photo], Cancel);
        Assert.Empty(footprint.Outside(photo, calls.Temporary));
        Assert.Empty(footprint.Calls);
        Assert.Empty(footprint.InHome);
    }

    // What was acknowledged survives a loss of power: the contents of each file are flushed before it gets its name, and then the folder.
    private void AssertIsDurable(Footprint footprint)
    {
        var data = _folder.Data;
        string[] names = [$"blobs/{Sha256(1)[..2]}", $"blobs/{Sha256(2)[..2]}", "embedders", "imports", "backups", "index"];
        foreach (var folder in names.Select(name => Path.Combine(data, name)))
        {
            var contents = Array.FindIndex(
                footprint.Flushed, path => path.StartsWith(folder + "/", StringComparison.Ordinal));
            Assert.True(contents >= 0, $"no file in {folder} was flushed");
            Assert.True(Array.IndexOf(footprint.Flushed, folder, contents) > contents, $"{folder} was not flushed after its file");
        }

        Assert.Contains(Path.Combine(data, "catalogue.db-wal"), footprint.Flushed);

        static string Sha256(int picture) => Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(picture)));
    }

    private static async Task EndAsync(DmlClient client, Job job)
    {
        var end = await client.WaitForJobAsync(job.Id, Cancel);
        Assert.True(end.State == JobState.Succeeded, end.Message);
    }
}

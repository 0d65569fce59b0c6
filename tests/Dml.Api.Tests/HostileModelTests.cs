using System.Diagnostics;
using System.Net;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Onnx;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>
/// Networks that ask for any memory or compute for ever end as refusals; the service goes on, and stops when it is told to.
/// </summary>
public sealed class HostileModelTests : IDisposable
{
    // Of a trial that has five seconds, with the start of its process on busy cores.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Made => Path.Combine(_folder.Data, "..", "made");

    public void Dispose() => _folder.Dispose();

    // A network that cannot be run on a picture may need one of another size, so more is asked about it.
    public static TheoryData<string, bool, string, string> Networks => new()
    {
        { "memory", false, ProblemCode.BadEmbedder, "" },
        { "memory", true, ProblemCode.AdoptionQuestion, "ONNX Runtime cannot run the network" },
        { "time", false, ProblemCode.BadEmbedder, "took more than 5 seconds (Models:TrialSeconds)" },
        { "time", true, ProblemCode.BadEmbedder, "took more than 5 seconds (Models:TrialSeconds)" },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task A_hostile_network_is_refused_and_the_service_is_unharmed(string kind, bool alone, string code, string reason)
    {
        await using var service = await ChildService.StartAsync(
            [.. _folder.Arguments(), "--Models:TrialSeconds=5", $"--Models:TrialBytes={1L << 30}"], Cancel);
        var before = service.ResidentBytes;
        HostileNetwork.Write(Made, "hostile", Network(kind));

        var watch = Stopwatch.StartNew();
        using var refused = await UploadAsync(service.Http, alone);
        Assert.True(watch.Elapsed < Soon, $"{watch.Elapsed}");
        var text = await refused.Content.ReadAsStringAsync(Cancel);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, code), (refused.StatusCode, await refused.ProblemCodeAsync()));
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Models, text, StringComparison.Ordinal);
        Assert.Equal(["tiny"], Directory.GetFileSystemEntries(_folder.Models).Select(Path.GetFileName));
        Assert.True(service.ResidentBytes < before + (200 << 20), $"{before} bytes before, {service.ResidentBytes} after");

        var client = new DmlClient(service.Http);
        await client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
        Assert.Equal("x", (await client.SearchAsync(Pictures.Blocks(1), null, Cancel)).Hits[0].Id);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("time")]
    public async Task A_hostile_network_in_the_models_folder_is_not_rolled_out(string kind)
    {
        await using var service = await TestService.StartAsync(
            _folder, "--Models:TrialSeconds=5", $"--Models:TrialBytes={1L << 30}");
        HostileNetwork.Write(Path.Combine(_folder.Models, "hostile"), "hostile", Network(kind));
        var refused = await Assert.ThrowsAsync<DmlException>(() => service.Client.RollOutAsync("hostile", Cancel));
        Assert.Equal(ProblemCode.BadEmbedder, refused.Code);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_trial()
    {
        await using var service = await ChildService.StartAsync(_folder.Arguments(), Cancel);
        HostileNetwork.Write(Path.Combine(_folder.Models, "hostile"), "hostile", HostileNetwork.OfTime());
        var asked = service.Http.PostAsync("models/hostile/rollout", null, Cancel);
        await WaitAsync(() => Trials() > 0);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await service.StopAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await asked).StatusCode);
        await WaitAsync(() => Trials() == 0);
    }

    [Fact]
    public async Task A_killed_service_leaves_no_trial_behind()
    {
        await using var service = await ChildService.StartAsync(_folder.Arguments(), Cancel);
        HostileNetwork.Write(Path.Combine(_folder.Models, "hostile"), "hostile", HostileNetwork.OfTime());
        var asked = service.Http.PostAsync("models/hostile/rollout", null, Cancel);
        await WaitAsync(() => Trials() > 0);

        await service.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
        await WaitAsync(() => Trials() == 0);
    }

    [Fact]
    public async Task A_network_that_passes_its_trial_and_then_runs_for_ever_fails_its_rollout()
    {
        await using var service = await TestService.StartAsync(_folder, "--Embedder:RunSeconds=2");
        HostileNetwork.Write(Path.Combine(_folder.Models, "hostile"), "hostile", HostileNetwork.OfTimeForRed());
        await service.Client.PutItemAsync("red", Red(), null, Cancel);
        var job = await service.Client.RollOutAsync("hostile", Cancel);
        job = await service.Client.WaitForJobAsync(job.Id, Cancel);
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("took more than 2 seconds (Embedder:RunSeconds)", job.Message, StringComparison.Ordinal);
        Assert.Equal("tiny", (await service.Client.StatsAsync(Cancel)).Model);
        Assert.Equal("red", (await service.Client.SearchAsync(Red(), null, Cancel)).Hits[0].Id);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_run_of_the_network()
    {
        await using var service = await ChildService.StartAsync(_folder.Arguments(), Cancel);
        HostileNetwork.Write(Path.Combine(_folder.Models, "hostile"), "hostile", HostileNetwork.OfTimeForRed());
        var client = new DmlClient(service.Http);
        await client.PutItemAsync("red", Red(), null, Cancel);
        var cpu = service.CpuSeconds;
        await client.RollOutAsync("hostile", Cancel);
        await WaitAsync(() => service.CpuSeconds > cpu + 3);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await service.StopAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        // It has not failed: the next start goes on with it.
        await using var again = await ChildService.StartAsync([.. _folder.Arguments(), "--Embedder:RunSeconds=2"], Cancel);
        client = new DmlClient(again.Http);
        await WaitAsync(async () =>
            (await client.JobsAsync(Cancel)).Any(job => job.Message?.Contains("(Embedder:RunSeconds)", StringComparison.Ordinal) == true));
    }

    private static ModelProto Network(string kind) => kind == "memory" ? HostileNetwork.OfMemory() : HostileNetwork.OfTime();

    private static byte[] Red()
    {
        var rgb = new byte[48 * 48 * 3];
        for (var i = 0; i < rgb.Length; i += 3)
        {
            rgb[i] = 255;
        }

        using var image = VipsImage.FromRgb(rgb, 48, 48);
        return image.Encode(PictureFormat.Png);
    }

    private int Trials() => Process.GetProcessesByName("dotnet").Count(process =>
    {
        using (process)
        {
            try
            {
                var command = File.ReadAllText($"/proc/{process.Id}/cmdline");
                return command.Contains("\0check-model\0", StringComparison.Ordinal)
                    && command.Contains(_folder.Models, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    });

    private static Task WaitAsync(Func<bool> condition) => WaitAsync(() => Task.FromResult(condition()));

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "It does not happen.");
            await Task.Delay(50, Cancel);
        }
    }

    private async Task<HttpResponseMessage> UploadAsync(HttpClient http, bool alone)
    {
        using var form = new MultipartFormDataContent { { await FileAsync(EmbedderManifest.NetworkFileName), "onnx", "network.onnx" } };
        if (!alone)
        {
            form.Add(await FileAsync(EmbedderManifest.FileName), "manifest", "model.json");
        }

        return await http.PostAsync(alone ? "models?name=hostile&preset=imagenet" : "models", form, Cancel);
    }

    private async Task<ByteArrayContent> FileAsync(string name) => new(await File.ReadAllBytesAsync(Path.Combine(Made, name), Cancel));
}

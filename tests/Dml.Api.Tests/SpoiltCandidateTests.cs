using Dml.Api.Tests.Support;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>Candidates that are worse on purpose: the gate says so in numbers.</summary>
public sealed class SpoiltCandidateTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mean", TinyEmbedder.Dimension, 5000, 0.5)]
    [InlineData("deviation", TinyEmbedder.Dimension, 0.5, 1e6)]
    [InlineData("dimension", 1, 0.5, 0.5)]
    public async Task A_spoilt_manifest_is_refused(string what, int dimension, double mean, double std)
    {
        var cancel = TestContext.Current.CancellationToken;
        _folder.AddModel("spoilt", seed: 1, dimension, (float)mean, (float)std);
        await using var service = await TestService.StartAsync(_folder, "--Gate:HeldOut=1");
        await LabelledCatalogue.FillAsync(service.Client);

        var job = await service.Client.WaitForJobAsync((await service.Client.RollOutAsync("spoilt", cancel)).Id, cancel);

        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {job.Message}");
        Assert.Equal(JobState.Failed, job.State);
        Assert.Matches(
            @"MAP@R: 0\.\d{4} against 1\.0000 of the active generation on 60 items of 20 labels: difference -0\.\d{4}, 95 % interval",
            job.Message);
        Assert.Equal(1, (await service.Client.StatsAsync(cancel)).Generation);
    }
}

using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>What a burst takes in memory is returned to the system when the service comes to rest.</summary>
public sealed class MemoryAtRestTests : IDisposable
{
    private const int LargePictures = 8;
    private const int Thumbnails = 60;
    private const long Megabyte = 1_000_000;
    private const string AtRest = "Memory at rest: ";

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Memory_comes_back_after_a_burst()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var service = await ChildService.StartAsync(
            _folder.Arguments("--Logging:LogLevel:Dml.Api.Limits.MemoryAtRest=Information"), Cancel);
        var client = new DmlClient(service.Http);
        var large = Noise(3000, 2400);
        // Everything has run once, and has come to rest.
        await BurstAsync(service, client, large, 1, 1);
        await RestAsync(service, 0);
        var (before, rests) = (service.ResidentBytes, Rests(service).Length);
        service.ForgetPeak();
        await BurstAsync(service, client, large, LargePictures, Thumbnails);
        var (peak, end) = (service.PeakResidentBytes, service.ResidentBytes);
        await RestAsync(service, rests);
        var after = service.ResidentBytes;
        Amount.Say(
            $"{before / Megabyte} MB before, {peak / Megabyte} MB at most, {end / Megabyte} MB at the end of the burst, "
            + $"{after / Megabyte} MB at rest");
        Amount.Say(string.Join('\n', Rests(service)));
        Assert.InRange(peak - before, 150 * Megabyte, long.MaxValue);
        Assert.InRange(after - before, long.MinValue, 100 * Megabyte);
    }

    private static Task RestAsync(ChildService service, int former) =>
        Eventually.BeAsync(() => Rests(service).Length > former, "the service comes to rest", Cancel);

    private static string[] Rests(ChildService service) =>
        [.. service.Lines.Where(line => line.Contains(AtRest, StringComparison.Ordinal))];

    private static async Task BurstAsync(ChildService service, DmlClient client, byte[] large, int pictures, int thumbnails)
    {
        await Task.WhenAll(Enumerable.Range(0, pictures).Select(i => client.PutItemAsync($"large-{i}", large, null, Cancel)));
        await Task.WhenAll(Enumerable.Range(0, thumbnails).Select(i =>
            service.Http.GetByteArrayAsync($"items/large-{i % pictures}/thumbnail?size={16 + i}", Cancel)));
    }

    private static byte[] Noise(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        new Random(1).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, width, height);
        return noise.Encode(PictureFormat.Jpeg, quality: 92);
    }
}

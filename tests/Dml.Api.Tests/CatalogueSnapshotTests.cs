using Dml.Api.Catalogue;
using Dml.Api.Retrains;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding.Labels;
using Microsoft.Extensions.DependencyInjection;
using nietras.SeparatedValues;

namespace Dml.Api.Tests;

public sealed class CatalogueSnapshotTests : IDisposable
{
    private const double Share = 0.4;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_folder.Data, "snapshot");

    [Fact]
    public async Task What_the_gate_measures_is_never_trained_on()
    {
        await using var service = await TestService.StartAsync(_folder, $"--Gate:HeldOut={Share}", "--Retrain:MinItems=4");
        // printf LABEL | sha256sum: apple, cherry, date and elder are held out at 0.4, banana is not.
        string[] labels = ["apple", "banana", "cherry", "fig", "grape", "say \"hi\", you"];
        for (var i = 0; i < labels.Length * 3; i++)
        {
            await service.Client.PutItemAsync($"i{i:d2}", Pictures.Blocks(i), new() { Label = labels[i / 3] }, Cancel);
        }
        // One picture twice: as a banana, and as an apple, which is held out. And one without a label.
        await service.Client.PutItemAsync("twin", Pictures.Blocks(0), new() { Label = "banana" }, Cancel);
        await service.Client.PutItemAsync("bare", Pictures.Blocks(99), null, Cancel);
        await service.Client.PutItemAsync("gone", Pictures.Blocks(98), null, Cancel);
        var taught = labels
            .Select((label, i) => (label, i))
            .Where(pair => !HeldOutLabels.Contains(pair.label, Share))
            .Select(pair => $"i{pair.i * 3:d2}")
            .ToArray();
        await service.Client.GiveFeedbackAsync(taught[0], taught[1], right: false, Cancel);
        await service.Client.GiveFeedbackAsync("bare", taught[0], right: true, Cancel);
        await service.Client.GiveFeedbackAsync("bare", "twin", right: true, Cancel);
        await service.Client.GiveFeedbackAsync("i00", "i03", right: false, Cancel);
        await service.Client.GiveFeedbackAsync("gone", taught[0], right: true, Cancel);
        await service.Client.DeleteItemAsync("gone", Cancel);

        var (counts, digest, tooLittle) = await TakeAsync(service);

        Assert.Null(tooLittle);
        var rows = Rows("pictures.csv");
        Assert.Equal(["path", "label", "part", "item"], rows[0]);
        rows.RemoveAt(0);
        Assert.Equal(labels.Length * 3, rows.Count);
        Assert.Equal(
            (rows.Count(row => row[2] == "train"), rows.Count(row => row[2] == "test")), (counts.TrainingPictures, counts.HeldOutPictures));
        Assert.Equal(labels.Order(StringComparer.Ordinal), rows.Select(row => row[1]).Distinct().Order(StringComparer.Ordinal));
        foreach (var row in rows)
        {
            Assert.Equal(HeldOutLabels.Contains(row[1], Share) ? "test" : "train", row[2]);
            Assert.True(File.Exists(Path.Combine(Target, row[0])));
        }

        Assert.DoesNotContain(rows, row => row[3] == "twin");
        Assert.Equal((1, 1), (counts.RightPairs, counts.WrongPairs));
        Assert.Equal(["right", "wrong"], Rows("pairs.csv").Select(row => row[2]).Order(StringComparer.Ordinal));

        // The pictures stay when their items go; the digest changes with what there is to learn, and only then.
        Assert.Equal(digest, (await TakeAsync(service)).Digest);
        await service.Client.DeleteItemAsync(taught[0], Cancel);
        Assert.NotEqual(digest, (await TakeAsync(service)).Digest);
    }

    private List<string[]> Rows(string name)
    {
        using var reader = Sep.New(',')
            .Reader(options => options with { HasHeader = false, Unescape = true })
            .FromFile(Path.Combine(Target, name));
        var rows = new List<string[]>();
        foreach (var row in reader)
        {
            rows.Add([.. row[..].ToStringsArray()]);
        }

        return rows;
    }

    [Fact]
    public async Task Too_little_is_said()
    {
        await using var service = await TestService.StartAsync(_folder, $"--Gate:HeldOut={Share}", "--Retrain:MinItems=4");
        Assert.Contains(
            "0 labelled pictures are not held out; 4 are needed", (await TakeAsync(service)).TooLittle, StringComparison.Ordinal);
        for (var i = 0; i < 6; i++)
        {
            await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), new() { Label = "banana" }, Cancel);
        }

        Assert.Contains("1 labels are not held out", (await TakeAsync(service)).TooLittle, StringComparison.Ordinal);
        await service.Client.PutItemAsync("i6", Pictures.Blocks(6), new() { Label = "fig" }, Cancel);
        Assert.Contains("0 labels are held out", (await TakeAsync(service)).TooLittle, StringComparison.Ordinal);
    }

    private async Task<(SnapshotCounts Counts, string Digest, string? TooLittle)> TakeAsync(TestService service)
    {
        var row = (await service.Services.GetRequiredService<SqliteCatalogue>().Generations.AllAsync(Cancel))[0];
        return await service.Services.GetRequiredService<CatalogueSnapshot>().TakeAsync(Target, row, "next", Cancel);
    }
}

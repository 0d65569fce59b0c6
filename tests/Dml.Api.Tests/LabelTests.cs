using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Tests.Support;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>The labels of the catalogue with their counts, and filters that forgive case.</summary>
public sealed class LabelTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Labels_are_listed_with_their_counts_after_every_write()
    {
        await using (var service = await FilledAsync())
        {
            string[] expected = ["Ban 1", "ban 1", "Banana 2", "banana 1", "bandana 1", "Zebra 1", "Ähre 1"];
            Assert.Equal(expected, await LabelsAsync(service));
            Assert.Equal(expected[..5], await LabelsAsync(service, "BAN"));
            Assert.Equal(["Ähre 1"], await LabelsAsync(service, "ä"));
            // Letter and accent of their own are the same letter.
            Assert.Equal(["Ähre 1"], await LabelsAsync(service, "A\u0308h"));
            Assert.Empty(await LabelsAsync(service, "bananas"));

            await service.Client.PatchItemAsync("i2", new JsonObject { ["label"] = "Zebra" }, Cancel);
            await service.Client.DeleteItemAsync("i3", Cancel);
            await service.Client.PatchItemAsync("i0", new JsonObject { ["label"] = null }, Cancel);
            await service.Client.PutItemAsync("i7", Pictures.Blocks(70), new() { Label = "new" }, Cancel);
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal(["Ban 1", "banana 1", "bandana 1", "new 1", "Zebra 2", "Ähre 1"], await LabelsAsync(again));
    }

    [Fact]
    public async Task They_are_listed_page_by_page()
    {
        await using var service = await FilledAsync();
        var all = await LabelsAsync(service);
        foreach (var limit in new[] { 1, 2, 3, 6, 7, 8 })
        {
            var (seen, cursor) = (new List<string>(), (string?)null);
            do
            {
                var page = (await service.Http.GetFromJsonAsync<LabelPage>($"labels?limit={limit}&cursor={cursor}", Cancel))!;
                Assert.True(page.Labels.Count == limit || page.NextCursor is null);
                seen.AddRange(page.Labels.Select(Text));
                cursor = page.NextCursor;
            }
            while (cursor is not null);

            Assert.Equal(all, seen);
        }

        foreach (var (query, code) in new[]
        {
            ("cursor=!", ProblemCode.BadCursor), ("cursor=MS4yMA", ProblemCode.BadCursor), ("limit=0", ProblemCode.BadParameter),
            ("limit=1001", ProblemCode.BadParameter),
        })
        {
            using var answer = await service.Http.GetAsync($"labels?{query}", Cancel);
            Assert.Equal((query, 400, code), (query, (int)answer.StatusCode, await answer.ProblemCodeAsync()));
        }
    }

    [Theory]
    [InlineData("label~BANANA", "i2 i3 i4")]
    [InlineData("label~äHR", "i6")]
    [InlineData("label~\"\"", "i0 i1 i2 i3 i4 i5 i6 i8")]
    [InlineData("label exists", "i0 i1 i2 i3 i4 i5 i6 i8")]
    [InlineData("NOT label exists", "i7")]
    [InlineData("attr.set exists", "i0 i2 i4 i6 i8")]
    [InlineData("NOT (attr.set exists) AND attr.\"exif:Make\" exists AND label~ban", "i1 i3 i5")]
    [InlineData("attr.set:exists", "")]
    [InlineData("label:banana", "i4")]
    public async Task A_filter_forgives_case_and_asks_for_presence(string filter, string expected)
    {
        await using var service = await FilledAsync();
        var ids = new List<string>();
        await foreach (var item in service.Client.MatchingItemsAsync(filter, Cancel))
        {
            ids.Add(item.Id);
        }

        Assert.Equal(expected, string.Join(' ', ids));
        var hits = (await service.Client.SearchAsync(Pictures.Blocks(99), new() { Filter = filter, K = 100 }, Cancel)).Hits;
        Assert.Equal(expected, string.Join(' ', hits.Select(hit => hit.Id).Order()));
    }

    [Theory]
    [InlineData("label:red pepper", "quoted")]
    [InlineData("label<x", "\"~\"")]
    [InlineData("attr.set~noto", "label alone")]
    [InlineData("label~", "value")]
    [InlineData("attr.set existsnot", "condition")]
    public async Task What_is_not_understood_is_explained(string filter, string words)
    {
        await using var service = await FilledAsync();
        using var answer = await service.Http.GetAsync($"items?filter={Uri.EscapeDataString(filter)}", Cancel);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal((400, "bad-filter"), ((int)answer.StatusCode, (string?)problem["code"]));
        Assert.Contains(words, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filtered_list_has_pages_too()
    {
        await using var service = await FilledAsync();
        var first = (await service.Http.GetFromJsonAsync<ItemPage>("items?filter=label~ban&limit=3", Cancel))!;
        var second = (await service.Http.GetFromJsonAsync<ItemPage>($"items?filter=label~ban&limit=3&cursor={first.NextCursor}", Cancel))!;
        var both = (await service.Http.GetFromJsonAsync<ItemPage>("items?filter=attr.set exists&label=ban", Cancel))!;

        Assert.Equal("i0 i1 i2", string.Join(' ', first.Items.Select(item => item.Id)));
        Assert.Equal(("i3 i4 i5", null), (string.Join(' ', second.Items.Select(item => item.Id)), second.NextCursor));
        Assert.Equal("i0", Assert.Single(both.Items).Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Counts_are_those_of_a_list(int seed)
    {
        var random = new Random(seed);
        string[] drawn = ["a", "A", "ab", "AB", "aB", "abc", "b", "Ä", "ä", "äb", "ÿ", "Ÿ", "ÿb", "_", "Z", "z"];
        var (counts, list) = (new LabelCounts(), new List<string>());
        for (var step = 0; step < 3000; step++)
        {
            if (list.Count > 0 && random.Next(2) == 0)
            {
                var gone = random.Next(list.Count);
                counts.Remove(list[gone]);
                list.RemoveAt(gone);
            }
            else
            {
                list.Add(drawn[random.Next(drawn.Length)]);
                counts.Add(Encoding.UTF8.GetBytes(list[^1]));
            }

            var prefix = random.Next(3) == 0 ? "" : drawn[random.Next(drawn.Length)];
            var after = random.Next(2) == 0 ? null : drawn[random.Next(drawn.Length)];
            var limit = random.Next(1, 6);
            var expected = list.GroupBy(label => label).Select(group => (Label: group.Key, Items: group.LongCount()))
                .Where(known => known.Label.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                    && (after is null || Compare(known.Label, after) > 0))
                .Order(Comparer<(string Label, long Items)>.Create((one, other) => Compare(one.Label, other.Label))).Take(limit);
            Assert.Equal(expected, counts.Beginning(prefix, after, limit));
        }

        list.ForEach(counts.Remove);
        Assert.Equal(0, counts.MemoryBytes);
    }

    private static int Compare(string one, string other) =>
        string.Compare(one, other, StringComparison.OrdinalIgnoreCase) is var order and not 0 ? order : string.CompareOrdinal(one, other);

    private static string Text(LabelCount label) => $"{label.Label} {label.Items}";

    private static async Task<List<string>> LabelsAsync(TestService service, string? prefix = null)
    {
        var labels = new List<string>();
        await foreach (var label in service.Client.LabelsAsync(prefix, Cancel))
        {
            labels.Add(Text(label));
        }

        return labels;
    }

    private async Task<TestService> FilledAsync()
    {
        var service = await TestService.StartAsync(_folder);
        string?[] labels = ["ban", "Ban", "Banana", "Banana", "banana", "bandana", "Ähre", null, "Zebra"];
        for (var i = 0; i < labels.Length; i++)
        {
            using var put = await service.Http.PutAsync(
                $"i{i}", Pictures.Blocks(i), labels[i], i % 2 == 0 ? """{"set":"noto"}""" : """{"exif:Make":3}""");
            Assert.Equal(201, (int)put.StatusCode);
        }

        return service;
    }
}

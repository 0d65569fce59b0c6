using System.IO.Compression;
using System.Text.RegularExpressions;
using Dml.Client;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Imports, jobs, models and generations.</summary>
public sealed class WorkTests(SearchPage search)
{
    // What waits for a job waits as long as a busy machine takes.
    private const float Patience = 30_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_archive_is_sent_followed_and_listed()
    {
        var service = await search.TwoGenerationsAsync();
        await using var tab = await search.OpenViewAsync(service, "#view=import", "#view .frame");

        await tab
            .Page.Locator("#import-archive")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "foxes.zip",
                    MimeType = "application/zip",
                    Buffer = Zip("from-zip", ["noto.fox", "twemoji.fox"], "no picture"),
                }
            );

        await Expect(tab.Page.Locator("#import-now .state")).ToHaveTextAsync("succeeded", new() { Timeout = Patience });
        await Expect(tab.Page.Locator("#import-now .figures-row li")).ToHaveTextAsync(["2 added", "1 refused"]);
        await tab.Page.GetByText("Refused files").ClickAsync();
        await Expect(tab.Page.Locator("#import-now .plain li")).ToContainTextAsync(["from-zip/bad.png: "]);
        await tab.Page.GetByText("All jobs").ClickAsync();
        await Expect(tab.Page.Locator("#view article").First).ToContainTextAsync("2 added");
        Assert.Equal(2, await DeleteAsync(service, "from-zip"));
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData("#view=import", "#view .frame")]
    [InlineData("#view=models", ".generation")]
    public async Task A_folder_is_packed_by_the_page(string view, string shown)
    {
        var service = await search.TwoGenerationsAsync();
        var folder = Directory.CreateTempSubdirectory("dml-folder-");
        // Longer than a tar header's hundred bytes, and not ASCII.
        var label = $"Äpfel-{new string('x', 120)}";
        var below = folder.CreateSubdirectory(label);
        await File.WriteAllBytesAsync(Path.Combine(below.FullName, "one.png"), DemoCatalogue.Picture("noto.red-apple"), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "two.png"), DemoCatalogue.Picture("noto.lemon"), Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "notes.json"), "no picture", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "phone.heic"), "not read", Cancel);
        try
        {
            await using var tab = await search.OpenViewAsync(service, view, shown);
            // Chosen here, dropped elsewhere.
            await (
                view == "#view=import"
                    ? tab.Page.Locator("#import-folder").SetInputFilesAsync(folder.FullName)
                    : tab.DropAsync(folder.FullName));

            await Expect(tab.Page.Locator("#import-now .figures-row li")).ToHaveTextAsync(["2 added"], new() { Timeout = Patience });
            await Expect(tab.Page.Locator("#import-now .left-out")).ToHaveTextAsync("2 left out: 1 HEIC, 1 JSON, not read here.");
            Assert.Equal(1, await DeleteAsync(service, label));
            Assert.Equal(1, await DeleteAsync(service, folder.Name));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_dropped_archive_that_is_none_is_refused_in_words_and_a_running_import_is_cancelled()
    {
        var service = await search.TwoGenerationsAsync();
        await using var tab = await search.OpenViewAsync(service, "#view=import", "#view .frame");
        await using var transfer = await tab.Page.EvaluateHandleAsync(
            "() => { const transfer = new DataTransfer(); transfer.items.add(new File(['no archive'], 'pictures.zip')); return transfer; }"
        );
        await tab.Page.DispatchEventAsync("#view .frame", "drop", new { dataTransfer = transfer });
        await Expect(tab.Problem).ToContainTextAsync("pictures.zip: Send a zip or tar archive");

        var many = Path.Combine(Directory.CreateTempSubdirectory("dml-many-").FullName, "many.zip");
        var picture = DemoCatalogue.Picture("noto.rocket");
        await File.WriteAllBytesAsync(many, Zip("many", [.. Enumerable.Range(0, 2000).Select(i => $"p{i}")], null, picture), Cancel);
        await tab.Page.Locator("#import-archive").SetInputFilesAsync(many);
        var card = tab.Page.Locator("#import-now article[data-id]");
        await card.WaitForAsync();
        await card.GetByText("Cancel").ClickAsync();
        await Expect(card.Locator(".state")).ToHaveTextAsync("cancelled", new() { Timeout = Patience });
        await DeleteAsync(service, "many");
        Directory.Delete(Path.GetDirectoryName(many)!, recursive: true);
    }

    [Fact]
    public async Task Loose_pictures_are_imported_with_a_label_and_nothing_that_is_dropped_vanishes()
    {
        var service = await search.TwoGenerationsAsync();
        await using var tab = await search.OpenViewAsync(service, "#view=import", "#view .frame");
        await tab.Page.GetByLabel("Label of single pictures").FillAsync("loose ones");
        FilePayload[] files =
        [
            new() { Name = "IMG_1.png", MimeType = "image/png", Buffer = DemoCatalogue.Picture("noto.fox", 90) },
            new() { Name = "IMG_2.png", MimeType = "image/png", Buffer = DemoCatalogue.Picture("noto.lemon", 90) },
            new() { Name = "IMG_3.heic", MimeType = "image/heic", Buffer = [1] },
        ];
        await tab.Page.Locator("#import-pictures").SetInputFilesAsync(files);
        await Expect(tab.Page.Locator("#import-now .figures-row li")).ToHaveTextAsync(["2 added"], new() { Timeout = Patience });
        await Expect(tab.Page.Locator("#import-now .left-out")).ToHaveTextAsync("1 left out: HEIC, not read here.");

        // Another camera's IMG_1 is another picture.
        await tab.Page.Locator("#import-pictures").SetInputFilesAsync(
            new FilePayload { Name = "IMG_1.png", MimeType = "image/png", Buffer = DemoCatalogue.Picture("noto.violin", 90) });
        await Expect(tab.Page.Locator("#import-now .figures-row li")).ToHaveTextAsync(["1 added"], new() { Timeout = Patience });

        // Nothing to import, and an archive among pictures: both are said.
        await DropUntilAsync(tab, "There is no picture to import.", "mine.heic", "notes.txt");
        await Expect(tab.Problem).ToContainTextAsync("2 left out: 1 HEIC, 1 TXT, not read here.");
        await DropAsync(tab, "a.png", "b.zip");
        await Expect(tab.Problem).ToHaveTextAsync("Drop one archive alone, or pictures without an archive. Nothing was imported.");
        Assert.Equal(3, await DeleteAsync(service, "loose ones"));
    }

    // What was imported may be counted a moment before the import has ended, and two imports do not run at the same time.
    private static async Task DropUntilAsync(Tab tab, string problem, params string[] names)
    {
        const int MostTries = 10;
        for (var tries = 1; ; tries++)
        {
            await DropAsync(tab, names);
            try
            {
                await Expect(tab.Problem).ToContainTextAsync(problem);
                return;
            }
            catch (PlaywrightException) when (tries < MostTries)
            {
                // An import is running.
            }
        }
    }

    [Fact]
    public async Task Of_several_pictures_dropped_on_the_search_the_unused_ones_are_named()
    {
        await using var tab = await search.OpenAsync();
        await tab.Page.EvaluateAsync(
            """
            async () => {
              const transfer = new DataTransfer();
              const picture = await (await fetch("items/noto.fox/image")).blob();
              for (const name of ["one.png", "two.png", "three.png"]) transfer.items.add(new File([picture], name, { type: "image/png" }));
              document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
            }
            """);

        await Expect(tab.Page.Locator("#answer-note")).ToHaveTextAsync(
            "This is the answer for one.png. A search takes one picture: 2 pictures were not used. Import takes many.");
    }

    [Fact]
    public async Task Examples_are_words_of_the_catalogue_and_credits_stand_below_the_demo_only()
    {
        var own = await TemporaryService.StartAsync(["--Demo:Import=false"], Cancel);
        await using var disposed = own;
        await DemoCatalogue.PutAsync(
            own.Http, "a", DemoCatalogue.Picture("noto.fox"), "red pepper", new() { ["shop"] = "north" }, Cancel);
        await using var tab = await search.OpenAsync(own);
        await Expect(tab.Page.Locator("#filter")).ToHaveAttributeAsync("placeholder", "label:\"red pepper\" OR attr.shop:north");
        await Expect(tab.Page.Locator("#about-pictures")).ToBeHiddenAsync();
        await tab.Page.GotoAsync(new Uri(own.Address, "#view=catalogue").ToString());
        await Expect(tab.Page.Locator("#label")).ToHaveAttributeAsync("placeholder", "red pepper");
        Assert.DoesNotContain("noto", await tab.Page.Locator("main").InnerHTMLAsync(), StringComparison.Ordinal);

        await using var demo = await search.OpenAsync();
        await Expect(demo.Page.Locator("#about-pictures")).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Generations_show_their_gate_and_roll_back_and_forward()
    {
        var service = await search.TwoGenerationsAsync();
        await using var tab = await search.OpenViewAsync(service, "#view=models", ".generation");
        var (first, second) = (tab.Page.Locator(".generation[data-number='1']"), tab.Page.Locator(".generation[data-number='2']"));
        await Expect(second.Locator(".gate li")).ToHaveCountAsync(5);
        await Expect(second.Locator(".gate"))
            .ToContainTextAsync(new Regex(@"R@1 passed: [01]\.\d{4} against [01]\.\d{4} of the active generation"));
        await Expect(second.Locator(".state")).ToHaveTextAsync("active");
        try
        {
            await tab.Page.GetByText("Roll back to generation 1").ClickAsync();
            await Expect(first.Locator(".state")).ToHaveTextAsync("active", new() { Timeout = Patience });
            Assert.Equal(1, (await new DmlClient(service.Http).StatsAsync(Cancel)).Generation);
            await tab.Page.GetByText("Roll forward to generation 2").ClickAsync();
            await Expect(second.Locator(".state")).ToHaveTextAsync("active", new() { Timeout = Patience });
            await Expect(tab.Page.Locator("#stats-model")).ToHaveTextAsync($"{TwoGenerations.Second}, generation 2");
        }
        finally
        {
            await new DmlClient(service.Http).ActivateAsync(2, Cancel);
        }

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Two_generations_answer_side_by_side()
    {
        var service = await search.TwoGenerationsAsync();
        var client = new DmlClient(service.Http);
        await using var tab = await search.OpenViewAsync(service, "#view=models", ".generation");

        await tab.Page.GetByText("Compare with the active one").ClickAsync();
        await tab.Page.Locator("#compare-file").SetInputFilesAsync(
            new FilePayload { Name = "apple.png", MimeType = "image/png", Buffer = DemoCatalogue.Picture(DemoCatalogue.HeldOut) });

        var columns = tab.Page.Locator(".column");
        await Expect(columns).ToHaveCountAsync(2);
        foreach (var (column, generation) in new[] { (0, 2), (1, 1) })
        {
            var expected = await client.SearchAsync(
                DemoCatalogue.Picture(DemoCatalogue.HeldOut), new() { K = 12, Generation = generation }, Cancel);
            Assert.Equal(
                expected.Hits.Select(hit => hit.Id),
                await columns.Nth(column).Locator("a").EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)"));
            await Expect(columns.Nth(column).Locator("h2")).ToHaveTextAsync($"Generation {generation}");
        }

        await Expect(tab.Page.Locator(".question .big")).ToHaveTextAsync(new Regex(@"^\d+ of 12 pictures in common$"));
        Assert.Empty(tab.Complaints);
    }

    private static byte[] Zip(string folder, string[] names, string? bad, byte[]? picture = null)
    {
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
            {
                using var entry = zip.CreateEntry($"{folder}/{name}.png", CompressionLevel.NoCompression).Open();
                entry.Write(picture ?? DemoCatalogue.Picture(name));
            }

            if (bad is not null)
            {
                using var entry = new StreamWriter(zip.CreateEntry($"{folder}/bad.png").Open());
                entry.Write(bad);
            }
        }

        return archive.ToArray();
    }

    private static async Task DropAsync(Tab tab, params string[] names) => await tab.Page.EvaluateAsync(
        """
        names => {
          const transfer = new DataTransfer();
          for (const name of names) transfer.items.add(new File(["x"], name));
          document.querySelector("#view .frame").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        }
        """, names);

    private static async Task<int> DeleteAsync(TemporaryService service, string label)
    {
        var client = new DmlClient(service.Http);
        var deleted = 0;
        await foreach (var item in client.ItemsAsync(label, Cancel))
        {
            deleted += await client.DeleteItemAsync(item.Id, Cancel) ? 1 : 0;
        }

        return deleted;
    }
}

using System.Text.Json.Nodes;
using Dml.Client;
using Dml.Embedding;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>An embedder is uploaded from the models view: listed when it can be used, refused in words when not.</summary>
public sealed class EmbedderUploadTests(SearchPage search) : IAsyncLifetime
{
    // What is sent is loaded and tried, as long as a busy machine takes.
    private static readonly LocatorAssertionsToHaveTextOptions Patiently = new() { Timeout = 30_000 };

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-upload-").FullName;
    private TemporaryService? _service;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Models => Path.Combine(_folder, "models");

    private string Made => Path.Combine(_folder, "made");

    public async ValueTask InitializeAsync()
    {
        SearchPage.SkipWhereImpossible();
        EmbedderCopy.Write(Path.Combine(Models, "emoji"));
        _service = await KeyedService.StartAsync("admin", Cancel, $"--Models:Folder={Models}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Chosen_by_its_files_or_its_folder_or_dropped_it_is_listed()
    {
        var files = EmbedderCopy.Write(Made, manifest =>
            manifest with
            {
                Name = "emoji-again",
                Preprocessing = manifest.Preprocessing with { Mean = [0.4f, 0.4f, 0.4f] },
            }
        );
        await using var tab = await OpenAsync(KeyedService.Looker);
        await tab.Page.Locator("#embedder-files").SetInputFilesAsync(files);
        await Expect(tab.Problem)
            .ToHaveTextAsync("The key \"looker\" has the role search; this call requires admin.", new() { Timeout = 30_000 });
        await ExpectListedAsync(tab, "emoji");

        await tab.Page.GetByLabel("Change the key").ClickAsync();
        await KeyedService.GiveKeyAsync(tab.Page, KeyedService.Changer);
        await Expect(tab.Problem).ToHaveCountAsync(0);
        await tab.Page.Locator("#embedder-files").SetInputFilesAsync(files);
        await Expect(tab.Page.Locator("#embedder-now")).ToHaveTextAsync("emoji-again has been added to the list.", Patiently);
        await ExpectListedAsync(tab, "emoji", "emoji-again");
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Roll out emoji-again" })).ToBeEnabledAsync();
        await Expect(tab.Page.Locator("[role=status]")).ToHaveTextAsync("emoji-again has been added to the list.");
        Assert.Equal(
            await File.ReadAllBytesAsync(files[0], Cancel),
            await File.ReadAllBytesAsync(Path.Combine(Models, "emoji-again", EmbedderManifest.NetworkFileName), Cancel));

        // A folder may hold more than the two files.
        await File.WriteAllTextAsync(Path.Combine(Made, "recipe.json"), "{}", Cancel);
        await tab.Page.Locator("#embedder-folder").SetInputFilesAsync(Made);
        await Expect(tab.Page.Locator("#embedder-now")).ToHaveTextAsync("emoji-again already exists: it is the same embedder.", Patiently);

        // Dropped, and under another name.
        var manifest = EmbedderManifest.Load(Made);
        (manifest with { Name = "emoji-dropped" }).Save(Made);
        await tab.DropAsync(Made);
        await Expect(tab.Page.Locator("#embedder-now")).ToHaveTextAsync("emoji-dropped has been added to the list.", Patiently);
        await ExpectListedAsync(tab, "emoji", "emoji-again", "emoji-dropped");
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_in_words()
    {
        var files = EmbedderCopy.Write(Made, manifest => manifest with { Name = "spoilt" });
        var spoilt = await File.ReadAllTextAsync(files[1], Cancel);
        await using var tab = await OpenAsync(KeyedService.Changer);

        await tab.Page.Locator("#embedder-files").SetInputFilesAsync(files[1]);
        await Expect(tab.Problem).ToContainTextAsync("Expected one network (.onnx).");
        foreach (
            var (change, words) in new (Action<JsonObject> Change, string Words)[]
            {
                (
                    manifest => manifest["dimension"] = 128,
                    "model.json is not a valid manifest: the fingerprint does not fit sha256, dimension and preprocessing"),
                (Without(manifest => manifest["dimension"] = 128), "embedder.onnx does not fit its manifest"),
                (manifest => manifest.Remove("sha256"), "model.json is not a valid manifest"),
                (
                    Without(manifest => (manifest["name"], manifest["preprocessing"]!["mean"]![0]) = ("emoji", 0.25)),
                    "Another embedder is named \"emoji\". Give this one another name in its model.json."),
            }
        )
        {
            var manifest = JsonNode.Parse(spoilt)!.AsObject();
            change(manifest);
            await File.WriteAllTextAsync(files[1], manifest.ToJsonString(), Cancel);
            await tab.Page.Locator("#embedder-files").SetInputFilesAsync(files);
            await Expect(tab.Problem).ToContainTextAsync(words, new() { Timeout = 30_000 });
            await Expect(tab.Problem).Not.ToContainTextAsync(_folder);
        }

        await ExpectListedAsync(tab, "emoji");
        Assert.Equal(["emoji"], (await new DmlClient(_service!.Http).ModelsAsync(Cancel)).Select(model => model.Name));
    }

    [Fact]
    public async Task A_network_alone_is_asked_about_and_ends_in_service()
    {
        var files = EmbedderCopy.Write(Made);
        var bare = Path.Combine(_folder, "my network.onnx");
        File.Move(files[0], bare);
        await using var tab = await OpenAsync(KeyedService.Changer);

        await tab.DropAsync(bare);
        await Expect(tab.Page.Locator("#adoption")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(tab.Problem).ToContainTextAsync("does not say how pictures are prepared");
        await Expect(tab.Page.GetByLabel("Name")).ToHaveValueAsync("my-network");
        await tab.Page.GetByLabel("Pictures are prepared as for").SelectOptionAsync("siglip");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Adopt it" }).ClickAsync();

        await Expect(tab.Page.Locator("#embedder-now")).ToHaveTextAsync("my-network has been added to the list.", Patiently);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Roll out my-network" }).ClickAsync();
        await Expect(tab.Page.Locator("#stats-model")).ToHaveTextAsync("my-network, generation 2", Patiently);
        var active = (await new DmlClient(_service!.Http).GenerationsAsync(Cancel)).Single(generation => generation.Active);
        Assert.Equal("my-network", active.Model);
    }

    [Fact]
    public async Task A_drop_is_sent_with_progress_and_can_be_taken_back()
    {
        var files = EmbedderCopy.Write(Made, manifest => manifest with { Name = "slow" });
        await using var tab = await OpenAsync(KeyedService.Changer);
        var network = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
        await network.SendAsync("Network.enable");
        await network.SendAsync(
            "Network.emulateNetworkConditions",
            new()
            {
                ["offline"] = false,
                ["latency"] = 0,
                ["downloadThroughput"] = -1,
                ["uploadThroughput"] = 1_000_000,
            }
        );

        await using var transfer = await tab.Page.EvaluateHandleAsync(
            """
            ([size, manifest]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(size)], "embedder.onnx"));
              transfer.items.add(new File([manifest], "model.json", { type: "application/json" }));
              return transfer;
            }
            """,
            new object[] { new FileInfo(files[0]).Length, await File.ReadAllTextAsync(files[1], Cancel) });
        await tab.Page.DispatchEventAsync("#view", "dragenter", new { dataTransfer = transfer });
        await Expect(tab.Page.GetByText("Drop to upload")).ToBeVisibleAsync();
        await tab.Page.DispatchEventAsync("#view", "drop", new { dataTransfer = transfer });

        var now = tab.Page.Locator("#embedder-now");
        await Expect(now).ToContainTextAsync("Sending embedder.onnx");
        await tab.Page.WaitForFunctionAsync(
            "() => { const { value, max } = document.querySelector('#embedder-now progress'); return value > 0 && value < max; }");
        await now.GetByText("Cancel").ClickAsync();
        await Expect(tab.Problem).ToHaveTextAsync("The upload was cancelled.");
        await ExpectListedAsync(tab, "emoji");
    }

    // A manifest without its fingerprint may be changed by hand.
    private static Action<JsonObject> Without(Action<JsonObject> change) => manifest =>
    {
        manifest.Remove("fingerprint");
        change(manifest);
    };

    private static Task ExpectListedAsync(Tab tab, params string[] names) =>
        Expect(tab.Page.Locator(".embedder h3")).ToHaveTextAsync(names);

    private async Task<Tab> OpenAsync(string key)
    {
        var tab = await search.OpenBareAsync(_service!, "#view=models");
        await KeyedService.GiveKeyAsync(tab.Page, key);
        await tab.Page.Locator(".embedder").First.WaitForAsync();
        return tab;
    }
}

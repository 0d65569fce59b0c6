using System.Text.RegularExpressions;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>A refused generation is activated all the same, after its figures were shown; an embedder is deleted.</summary>
public sealed class OverrideTests(SearchPage search) : IAsyncLifetime
{
    private const float Patience = 30_000;
    private readonly string _models = Directory.CreateTempSubdirectory("dml-models-").FullName;
    private TemporaryService? _service;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        SearchPage.SkipWhereImpossible();
        EmbedderCopy.Write(Path.Combine(_models, "emoji"));
        // The pictures vanish behind a mean that is far off.
        EmbedderCopy.Write(Path.Combine(_models, "blind"), manifest => manifest with
        {
            Name = "blind",
            Preprocessing = manifest.Preprocessing with { Mean = [5000, 5000, 5000] },
        });
        _service = await TemporaryService.StartAsync(["--Demo:Import=false", $"--Models:Folder={_models}", "--Gate:HeldOut=1"], Cancel);
        foreach (var drawing in DemoCatalogue.Drawings.Where(drawing => drawing.Concept is "fox" or "lemon" or "violin"))
        {
            await DemoCatalogue.PutAsync(_service.Http, drawing.Id, drawing.RenderPng(128), drawing.Concept, [], Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        Directory.Delete(_models, recursive: true);
    }

    [Fact]
    public async Task A_refused_generation_shows_its_figures_before_it_is_activated_anyway()
    {
        var client = new DmlClient(_service!.Http);
        await using var tab = await search.OpenViewAsync(_service, "#view=models", ".generation");
        await tab.Page.GetByLabel("Roll out blind").ClickAsync();
        var refused = tab.Page.Locator(".generation[data-number='2']");
        await Expect(refused.Locator(".state")).ToHaveTextAsync("refused", new() { Timeout = Patience });
        // Three labels: undecided, and refused because it is plainly worse.
        await Expect(refused.Locator(".gate")).ToContainTextAsync("unseen-labels undecided, let through: Too few labels to tell: ");
        await Expect(refused.Locator(".gate")).ToContainTextAsync("MAP@R undecided, refused: ");
        await Expect(refused.Locator(".gate li.undecided .mark").First).ToHaveTextAsync("?");

        await refused.GetByText("Activate anyway").ClickAsync();
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator(".gate")).ToContainTextAsync(new Regex(@"0\.\d{4} against 0\.\d{4} of the active generation"));
        await dialog.GetByText("Cancel").ClickAsync();
        Assert.Equal(2, (await client.GenerationsAsync(Cancel)).Length);
        await refused.GetByText("Activate anyway").ClickAsync();
        await dialog.GetByText("Activate anyway").Last.ClickAsync();

        var forced = tab.Page.Locator(".generation[data-number='3']");
        await Expect(forced.Locator(".state")).ToHaveTextAsync("active", new() { Timeout = Patience });
        await Expect(forced.Locator(".overridden")).ToContainTextAsync("Activated although the gate refuses it: local, ");
        await Expect(refused.GetByText("Activate anyway")).ToHaveCountAsync(0);
        Assert.Equal("local", (await client.GenerationsAsync(Cancel))[0].Gate!.Override!.By);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task An_embedder_says_what_it_was_measured_on_and_is_deleted_after_a_question()
    {
        var client = new DmlClient(_service!.Http);
        await using var tab = await search.OpenViewAsync(_service, "#view=models", ".generation");
        await Expect(tab.Page.Locator(".embedder .measured").First).ToHaveTextAsync(
            "Measured on 5,357 pictures of 818 classes of emoji, node_modules/@iconify-json. Compare only figures of the same pictures.");
        await Expect(tab.Page.GetByLabel("Delete emoji")).ToHaveCountAsync(0);

        await tab.Page.GetByLabel("Delete blind").ClickAsync();
        await tab.Page.GetByRole(AriaRole.Dialog).GetByText("Delete", new() { Exact = true }).ClickAsync();

        await Expect(tab.Page.Locator(".embedder")).ToHaveCountAsync(1);
        Assert.Equal([("emoji", GenerationState.Active)], (await client.GenerationsAsync(Cancel)).Select(row => (row.Model, row.State)));
        Assert.Equal(["emoji"], (await client.ModelsAsync(Cancel)).Select(model => model.Name));
        Assert.Empty(tab.Complaints);
    }
}

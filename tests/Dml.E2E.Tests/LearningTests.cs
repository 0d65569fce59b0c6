using System.Text.Json;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>How the service learns is shown: nights, reports, feedback, and pictures that a visitor wants kept.</summary>
public sealed class LearningTests(SearchPage search)
{
    private const float Patience = 30_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_night_is_started_here_and_its_report_has_its_style()
    {
        await using var service = await StartAsync();
        await using var tab = await search.OpenViewAsync(service, "#view=learning", "#view .next");
        await Expect(tab.Page.Locator(".next")).ToContainTextAsync("The next night is Jan 1, 2090");

        await tab.Page.GetByText("Learn now").ClickAsync();

        // Three pictures are too few to learn from: done, but not well.
        var night = tab.Page.Locator(".night").First;
        await Expect(night.Locator(".state")).ToHaveTextAsync("skipped", new() { Timeout = Patience });
        await Expect(night).ToContainTextAsync("Nothing was trained.");
        await Expect(night).ToContainTextAsync("100 are needed (Retrain:MinItems)");
        Assert.NotEqual(await ColourAsync(night.Locator(".state")), await ColourAsync(tab.Page.Locator("#view .primary")));
        var opened = await tab.Page.RunAndWaitForPopupAsync(() => night.GetByText("Report").ClickAsync());
        await Expect(opened.Locator(".outcome")).ToBeVisibleAsync();
        var complaints = new List<string>();
        opened.Console += (_, message) => complaints.Add(message.Text);
        await opened.ReloadAsync();
        await Expect(opened.Locator(".outcome")).ToContainTextAsync("Skipped. Too little to learn from");
        Assert.Equal("rgb(243, 245, 249)", await ColourAsync(opened.Locator(".outcome")));
        Assert.Empty(complaints);
        Assert.Empty(tab.Complaints);

        await tab.Page.GotoAsync(new Uri(service.Address, "#view=jobs").ToString());
        var job = tab.Page.Locator("#view article").First;
        await Expect(job.Locator(".state")).ToHaveTextAsync("skipped");
        await Expect(job).Not.ToContainTextAsync("1,000");
    }

    [Fact]
    public async Task Nights_are_told_in_plain_words()
    {
        await using var service = await StartAsync();
        Plant(service, "20260131-030000-000", """
            "step": "ended", "outcome": "activated", "message": "Generation 3 passed.", "generation": 3,
            "counts": { "trainingPictures": 8600, "trainingLabels": 1309, "heldOutPictures": 2100, "heldOutLabels": 327,
                "rightPairs": 12, "wrongPairs": 3 },
            "training": { "figures": { "before": { "R@1": 0.8123, "MAP@R": 0.51 }, "after": { "R@1": 0.8245, "MAP@R": 0.53 } } }
            """);
        Plant(service, "20260201-030000-000", """
            "step": "ended", "outcome": "refused", "message": "Generation 3 of emoji stays active."
            """);
        var client = new DmlClient(service.Http);
        await client.GiveFeedbackAsync("noto.fox", "noto.lemon", right: false, Cancel);
        await client.GiveFeedbackAsync("noto.fox", "twemoji.fox", right: true, Cancel);
        await using var tab = await search.OpenViewAsync(service, "#view=learning", ".night");

        await Expect(tab.Page.Locator(".night .state")).ToHaveTextAsync(["refused", "activated"]);
        await Expect(tab.Page.Locator(".night").Nth(0)).ToContainTextAsync("The gate refused the new embedder, so the one before stayed");
        var activated = tab.Page.Locator(".night").Nth(1);
        await Expect(activated).ToContainTextAsync("the nearest picture was a right one in 82 of 100 searches; before, in 81.");
        await Expect(activated).ToContainTextAsync(
            "R@1 0.8123 before, 0.8245 after · MAP@R 0.5100 before, 0.5300 after · 2,100 pictures of 327 labels");
        await Expect(activated).ToContainTextAsync("Learnt from 8,600 pictures of 1,309 labels, 12 right and 3 wrong pairs.");
        await Expect(tab.Page.Locator(".feedback li")).ToHaveTextAsync(["1 right", "1 wrong", "2 since the last training"]);
        Assert.Equal(
            await ColourAsync(tab.Page.Locator(".night").Nth(0).Locator(".state")), await RefusedColourAsync(tab.Page));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Progress_of_a_retrain_is_in_per_cent_and_minutes()
    {
        await using var tab = await search.OpenViewAsync(search.Service, "#view=import", "#view .frame");

        var said = await tab.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { progressOf } = await import("./js/numbers.js");
              const ago = seconds => new Date(Date.now() - 1000 * seconds).toISOString();
              return [
                { kind: "retrain", done: 20, total: 1000, startedAt: ago(60) },
                { kind: "retrain", done: 250, total: 1000, startedAt: ago(120) },
                { kind: "retrain", done: 950, total: 1000, startedAt: ago(120) },
                { kind: "retrain", done: 1000, total: 1000, startedAt: ago(60), endedAt: ago(0) },
                { kind: "import", done: 1200, total: 5000, startedAt: ago(60) },
              ].map(progressOf);
            }
            """);

        Assert.Equal(["2 %", "25 %, about 6 min left", "95 %, about 1 min left", "", "1,200 of 5,000"], said);
    }

    [Fact]
    public async Task An_own_picture_is_judged_once_the_visitor_wants_it_kept_and_is_forgotten_on_demand()
    {
        await using var service = await StartAsync();
        var client = new DmlClient(service.Http);
        await using var tab = await search.OpenAsync(service);
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.fox", 200), "mine.png");
        await tab.HitIdsAsync();
        var keep = tab.Page.GetByLabel("Keep this picture");
        await Expect(keep).ToBeVisibleAsync();
        await Expect(keep).Not.ToBeCheckedAsync();
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(0);

        await keep.CheckAsync();
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(3);
        // Nothing is sent before the first verdict.
        Assert.Equal(0, (await client.LearningAsync(Cancel)).Feedback.KeptPictures);
        var right = tab.Page.Locator("li:has([data-id='twemoji.fox']) .right");
        await right.ClickAsync();
        await Expect(right).ToHaveAttributeAsync("aria-pressed", "true");
        await tab.Page.Locator("li:has([data-id='noto.lemon']) .wrong").ClickAsync();
        await Expect(tab.Page.Locator(".verdict [aria-pressed=true]")).ToHaveCountAsync(2);
        Assert.Equal(new FeedbackCounts(1, 1, 2, 1, (await client.LearningAsync(Cancel)).Feedback.KeptBytes),
            (await client.LearningAsync(Cancel)).Feedback);

        // The same button takes it back.
        await right.ClickAsync();
        await Expect(right).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.Equal((0L, 1L), ((await client.LearningAsync(Cancel)).Feedback.Right, (await client.LearningAsync(Cancel)).Feedback.Wrong));
        await keep.UncheckAsync();
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(0);
        Assert.Equal(new FeedbackCounts(0, 0, 0, 0, 0), (await client.LearningAsync(Cancel)).Feedback);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Where_no_pictures_are_kept_none_is_asked_for()
    {
        await using var service = await StartAsync("--Feedback:KeepPictures=false");
        await using var tab = await search.OpenAsync(service);
        var asked = tab.Page.WaitForResponseAsync(response => response.Url.EndsWith("/learning", StringComparison.Ordinal));
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.fox", 200));
        await tab.HitIdsAsync();
        await asked;

        await Expect(tab.Page.GetByLabel("Keep this picture")).ToBeHiddenAsync();
    }

    private static async Task<TemporaryService> StartAsync(params string[] settings)
    {
        SearchPage.SkipWhereImpossible();
        // A retrain that has too little to learn from never runs the program.
        var program = typeof(LearningTests).Assembly.Location;
        var service = await TemporaryService.StartAsync(
            ["--Demo:Import=false", "--Retrain:Cron=0 0 3 1 1 ? 2090", $"--Retrain:Program={program}", .. settings], Cancel);
        foreach (var (id, label) in new[] { ("noto.fox", "fox"), ("twemoji.fox", "fox"), ("noto.lemon", "lemon") })
        {
            await DemoCatalogue.PutAsync(service.Http, id, DemoCatalogue.Picture(id), label, [], Cancel);
        }

        return service;
    }

    // As the service writes it.
    private static void Plant(TemporaryService service, string id, string members)
    {
        var folder = Directory.CreateDirectory(Path.Combine(service.DataFolder, "retrains", id)).FullName;
        var json = $$"""{ "id": "{{id}}", "startedAt": "2026-02-01T03:00:00Z", "endedAt": "2026-02-01T03:20:00Z", {{members}} }""";
        using var parsed = JsonDocument.Parse(json);
        File.WriteAllText(Path.Combine(folder, "state.json"), json);
    }

    private static Task<string> ColourAsync(ILocator element) =>
        element.EvaluateAsync<string>("element => getComputedStyle(element).backgroundColor");

    private static Task<string> RefusedColourAsync(IPage page) => page.EvaluateAsync<string>(
        """
        () => {
          const probe = document.body.appendChild(document.createElement("span"));
          probe.style.background = "var(--problem-tint)";
          const { backgroundColor } = getComputedStyle(probe);
          probe.remove();
          return backgroundColor;
        }
        """);
}

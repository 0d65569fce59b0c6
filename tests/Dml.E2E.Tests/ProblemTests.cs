using System.Text;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Errors are explained in words, and what was shown before stays.</summary>
public sealed class ProblemTests(SearchPage search)
{
    [Fact]
    public async Task A_text_file_is_refused_in_words_and_the_answer_before_stays()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");
        var before = await tab.HitIdsAsync();

        await tab.ChooseAsync(Encoding.UTF8.GetBytes("not a picture"), "notes.txt", "text/plain");

        await Expect(tab.Problem)
            .ToHaveTextAsync("notes.txt: This is not a JPEG, PNG, WebP, GIF, AVIF or TIFF picture.");
        Assert.Equal(before, await tab.HitIdsAsync());
        Assert.Equal("#item=noto.fox", new Uri(tab.Page.Url).Fragment);

        await tab.ChooseAsync(DemoCatalogue.Picture("noto.rocket"));
        await Expect(tab.QueryName).ToHaveTextAsync("mine.png");
        await Expect(tab.Problem).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(0, "That file is empty")]
    [InlineData(900, "damaged or incomplete")]
    public async Task A_cut_picture_is_refused_in_words(int length, string words)
    {
        await using var tab = await search.OpenAsync();

        await tab.ChooseAsync(DemoCatalogue.Picture("noto.red-apple")[..length]);

        await Expect(tab.Problem).ToContainTextAsync(words);
        await Expect(tab.Page.Locator("#grid.starters a")).ToHaveCountAsync(24);
    }

    [Fact]
    public async Task A_link_to_a_deleted_item_says_so_and_offers_others()
    {
        await using var tab = await search.OpenAsync("#item=no.such.item");

        await Expect(tab.Problem).ToContainTextAsync("“no.such.item” is not in the catalogue");
        await Expect(tab.Page.Locator("#grid.starters a")).ToHaveCountAsync(24);
    }

    [Fact]
    public async Task A_silent_service_is_told_of_in_words()
    {
        await using var tab = await search.OpenAsync();
        await tab.Page.Context.SetOfflineAsync(true);

        await tab.ChooseAsync(DemoCatalogue.Picture("noto.rocket"));

        await Expect(tab.Problem).ToContainTextAsync("The service does not respond");
    }
}

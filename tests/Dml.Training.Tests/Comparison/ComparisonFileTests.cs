using Dml.Training.Catalogues;
using Dml.Training.Comparison;

namespace Dml.Training.Tests.Comparison;

public sealed class ComparisonFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{ "baseline": "a", "methods": [ { "name": "a", "sett": {} } ] }""", "sett")]
    [InlineData("""{ "baseline": "a", "method": [] }""", "method")]
    [InlineData("""{ "baseline": "a", "methods": [] }""", "at least one row")]
    [InlineData("""{ "baseline": "b", "methods": [ { "name": "a" } ] }""", "baseline")]
    [InlineData("""{ "baseline": "a", "methods": [ { "name": "a" }, { "name": "a" } ] }""", "one name")]
    [InlineData("""{ "baseline": "a", "methods": [ { "name": "../a" } ] }""", "letters")]
    [InlineData("""{ "baseline": "a", "methods": [ { "name": "a", "against": "z" } ] }""", "against")]
    [InlineData("""{ "baseline": "a", "seeds": [1, 1], "methods": [ { "name": "a" } ] }""", "seeds")]
    [InlineData("""[]""", "JSON object")]
    [InlineData("""{""", "not JSON")]
    public void A_grid_that_cannot_be_is_a_clear_error(string json, string said)
    {
        File.WriteAllText(_folder.File("c.json"), json);
        Assert.Contains(
            said, Assert.Throws<RecipeException>(() => ComparisonFile.Load(_folder.File("c.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_option_of_the_last_row_is_found_before_the_first_is_trained()
    {
        File.WriteAllText(
            _folder.File("c.json"), """{ "baseline": "a", "methods": [ { "name": "a" }, { "name": "b", "set": { "loss.alhpa": 3 } } ] }""");
        var error = Assert.Throws<RecipeException>(() =>
            new ComparisonGrid(ComparisonFile.Load(_folder.File("c.json")), ["training.threads=2"], _folder.Path));
        Assert.Contains("row 'b'", error.Message, StringComparison.Ordinal);
        Assert.Contains("alpha", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_reach_the_recipes_and_every_seed_has_a_cell()
    {
        File.WriteAllText(_folder.File("c.json"), """
            { "recipe": { "training": { "epochs": 5 } }, "seeds": [3, 4], "baseline": "a", "methods": [
              { "name": "a" }, { "name": "b", "set": { "loss": { "name": "proxy-anchor", "alpha": 7 }, "training.epochs": 2 } } ] }
            """);
        var grid = new ComparisonGrid(ComparisonFile.Load(_folder.File("c.json")), ["training.threads=2"], _folder.Path);
        Assert.Equal(["a 3", "a 4", "b 3", "b 4"], grid.Cells.Select(c => $"{c.Method.Name} {c.Seed}"));
        Assert.Equal(
            [(3, 5), (4, 5), (3, 2), (4, 2)], grid.Cells.Select(c => (grid.Recipes[c].Training.Seed, grid.Recipes[c].Training.Epochs)));
        Assert.All(grid.Recipes.Values, recipe => Assert.Equal(2, recipe.Training.Threads));
        Assert.Equal(7, (double)grid.Recipes[grid.Cells[3]].Loss.Options["alpha"]!);
    }
}

using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Tests.Runs;

public class RunFolderTests
{
    private static readonly Recipe Recipe = new Recipe().Resolve();

    [Fact]
    public void A_folder_holds_one_run()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RecipeException>(() => RunFolder.Open(folder.Path));

        // Nothing was trained yet: a corrected recipe takes its place.
        RunFolder.Begin(folder.Path, Recipe with { Margin = 2 });
        RunFolder.Begin(folder.Path, Recipe).AppendMetrics(new JsonObject { ["kind"] = "epoch", ["epoch"] = 1 });

        Assert.Contains(
            "--resume", Assert.Throws<RecipeException>(() => RunFolder.Begin(folder.Path, Recipe)).Message, StringComparison.Ordinal);
        Assert.Equal(Recipe.ToJson().ToJsonString(), RunFolder.Open(folder.Path).ReadRecipe().ToJson().ToJsonString());
    }

    [Fact]
    public void A_run_is_resumed_with_its_own_recipe_only()
    {
        using var folder = new TemporaryFolder();
        RunFolder.Begin(folder.Path, Recipe);

        RunFolder.Resume(folder.Path, Recipe);
        var error = Assert.Throws<RecipeException>(() => RunFolder.Resume(folder.Path, Recipe with { Margin = 2 }));

        Assert.Contains("margin", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sampler", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_survive_a_line_that_a_crash_cut_off()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Begin(folder.Path, Recipe);
        Assert.Empty(run.ReadMetrics());
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            run.AppendMetrics(new JsonObject { ["kind"] = "epoch", ["epoch"] = epoch });
        }

        File.AppendAllText(run.MetricsPath, "{\"kind\":\"ep");

        Assert.Equal([1, 2, 3], run.ReadMetrics().Select(m => (int)m["epoch"]!));
        run.ForgetMetricsAfter(2);
        run.AppendMetrics(new JsonObject { ["kind"] = "epoch", ["epoch"] = 3 });
        Assert.Equal([1, 2, 3], run.ReadMetrics().Select(m => (int)m["epoch"]!));
    }
}

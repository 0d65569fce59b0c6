using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Recipes;

namespace Dml.Training.Tests.Recipes;

public class RecipeTests
{
    private static Recipe Read(string json, params string[] settings) => RecipeFile.Read(json, settings);

    [Fact]
    public void An_empty_recipe_is_all_defaults_and_resolves_to_every_option()
    {
        var json = Read("{}").Resolve().ToJson();

        Assert.Equal(32, (int)json["sampler"]!["classes"]!);
        Assert.Equal("deit-tiny", (string)json["backbone"]!["name"]!);
        Assert.Equal(16, (int)json["backbone"]!["patchSize"]!);
        Assert.Equal(32, (double)json["loss"]!["alpha"]!);
        Assert.Equal(0.5, (double)json["split"]!["heldOut"]!);
        Assert.NotNull(json["training"]!["epochs"]);
        Assert.NotNull(json["augmentation"]![0]!["area"]);
    }

    [Fact]
    public void A_resolved_recipe_reads_back_to_itself()
    {
        var resolved = Read(
                """
                { "resize": "pad", "loss": { "name": "proxy-anchor", "alpha": 16 }, "split": { "notInTraining": { "set": ["noto"] } } }
                """)
            .Resolve();

        var again = Read(resolved.ToJson().ToJsonString()).Resolve();

        Assert.Equal(resolved.ToJson().ToJsonString(), again.ToJson().ToJsonString());
        Assert.Equal(ResizeRule.Pad, again.Resize);
        Assert.Equal(["noto"], again.Split.NotInTraining["set"]);
    }

    [Theory]
    [InlineData("""{ "los": "proxy-anchor" }""", "los", "loss")]
    [InlineData("""{ "training": { "epoch": 3 } }""", "epoch", "epochs")]
    [InlineData("""{ "split": { "heldout": 0.3 } }""", "heldout", "heldOut")]
    [InlineData("""{ "head": { "dim": 3 } }""", "dim", "dimension")]
    [InlineData("""{ "head": "l3" }""", "l3", "average-max")]
    [InlineData("""{ "evaluation": { "batch": 3 } }""", "batch", "batchSize")]
    [InlineData("""{ "loss": { "name": "proxy-anchor", "aplha": 3 } }""", "aplha", "alpha")]
    [InlineData("""{ "backbone": "deit-tyni" }""", "deit-tyni", "deit-tiny")]
    [InlineData("""{ "dataset": "emojis" }""", "emojis", "emoji")]
    [InlineData("""{ "sampler": "balance" }""", "balance", "balanced")]
    [InlineData("""{ "augmentation": ["random-crop"] }""", "random-crop", "random-resized-crop")]
    [InlineData("""{ "augmentation": [{ "name": "random-blur", "sgima": [1, 2] }] }""", "sgima", "sigma")]
    public void What_is_misspelt_is_an_error_that_names_the_right_ones(string json, string wrong, string right)
    {
        var error = Assert.Throws<RecipeException>(() => Read(json).Resolve());

        Assert.Contains($"'{wrong}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(right, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "training": { "epochs": "many" } }""")]
    [InlineData("""{ "loss": 3 }""")]
    [InlineData("""{ "loss": { "alpha": 3 } }""")]
    [InlineData("""{ "resize": "stretch" }""")]
    [InlineData("""{ "margin": 0.5 }""")]
    [InlineData("""[]""")]
    public void What_does_not_fit_is_refused(string json) => Assert.Throws<RecipeException>(() => Read(json).Resolve());

    [Fact]
    public void A_file_may_hold_comments_and_faults_name_the_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("good.json"), "{ // why\n \"margin\": 1.5, }");
        File.WriteAllText(folder.File("bad.json"), "{ \"margin\": }");

        Assert.Equal(1.5, RecipeFile.Load(folder.File("good.json"), []).Margin);
        Assert.Contains(
            "bad.json", Assert.Throws<RecipeException>(() => RecipeFile.Load(folder.File("bad.json"), [])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "nowhere.json", Assert.Throws<RecipeException>(() => RecipeFile.Load(folder.File("nowhere.json"), [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_reach_every_depth()
    {
        var recipe = Read(
                """{ "loss": "proxy-anchor", "augmentation": ["random-flip", { "name": "random-blur" }] }""",
                "training.epochs=7",
                "loss.alpha=12.5",
                "augmentation.1.sigma=[0.5,2]",
                "augmentation.0.probability=0.25",
                "backbone=googlenet",
                "resize=squash",
                "sampler.pictures=2")
            .Resolve()
            .ToJson();

        Assert.Equal(7, (int)recipe["training"]!["epochs"]!);
        Assert.Equal(12.5, (double)recipe["loss"]!["alpha"]!);
        Assert.Equal(2, (double)recipe["augmentation"]![1]!["sigma"]![1]!);
        Assert.Equal(0.25, (double)recipe["augmentation"]![0]!["probability"]!);
        Assert.Equal("googlenet", (string)recipe["backbone"]!["name"]!);
        Assert.Equal("squash", (string)recipe["resize"]!);
        Assert.Equal(2, (int)recipe["sampler"]!["pictures"]!);
    }

    [Theory]
    [InlineData("""{ "dataset": "folders" }""", "gate", 0.2)]
    [InlineData("""{ "dataset": { "name": "csv", "file": "x.csv" } }""", "gate", 0.2)]
    [InlineData("""{ "dataset": "emoji" }""", "dataset", 0.5)]
    [InlineData("""{ "dataset": "folders", "split": {} }""", "dataset", 0.5)]
    [InlineData("""{ "dataset": "folders", "split": { "by": "gate", "heldOut": 0.3 } }""", "gate", 0.3)]
    [InlineData("""{ "dataset": "grocery-store" }""", "gate", 0.2, "dataset=folders")]
    [InlineData("""{ "dataset": "folders" }""", "classes", 0.5, "split.by=classes")]
    [InlineData("""{ "dataset": "folders" }""", "gate", 0.4, "split.heldOut=0.4")]
    public void Own_pictures_are_split_as_the_gate_splits_them_unless_the_recipe_says_otherwise(
        string json, string by, double heldOut, params string[] settings)
    {
        var split = Read(json, settings).Resolve().ToJson()["split"]!;

        Assert.Equal((by, heldOut), ((string)split["by"]!, (double)split["heldOut"]!));
    }

    [Fact]
    public void A_validation_share_is_set_aside_where_the_best_epoch_is_kept()
    {
        Assert.Equal(0, Read("{}").Resolve().Training.Validation);
        Assert.Equal(0.1, Read("{}", "training.keep=best").Resolve().Training.Validation);
        Assert.Equal(0.3, Read("{}", "training.keep=best", "training.validation=0.3").Resolve().Training.Validation);
        Assert.Equal(0.3, Read("{}", "training.validation=0.3").Resolve().Training.Validation);
    }

    [Fact]
    public void A_head_without_a_name_is_the_linear_one()
    {
        var head = Read("""{ "head": { "dimension": 7, "pooling": "average-max" } }""").Resolve().ToJson()["head"]!;
        Assert.Equal(("linear", 7), ((string)head["name"]!, (int)head["dimension"]!));
        Assert.Equal("average-max", (string)Read("{}", "head=average-max").Resolve().ToJson()["head"]!["pooling"]!);
    }

    [Theory]
    [InlineData("training")]
    [InlineData("=3")]
    [InlineData("augmentation.9.sigma=1")]
    [InlineData("training.epochs.deep=1")]
    public void Settings_that_reach_nothing_are_refused(string setting)
        => Assert.Throws<RecipeException>(() => Read("""{ "training": { "epochs": 3 }, "augmentation": ["random-flip"] }""", setting));
}

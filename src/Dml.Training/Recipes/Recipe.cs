using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Augmentation;
using Dml.Training.Backbones;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Heads;
using Dml.Training.Losses;
using Dml.Training.Optimization;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Recipes;

/// <summary>
/// Everything that decides a training run: the content of <c>recipe.json</c>. What a recipe leaves out has these defaults.
/// </summary>
public sealed record Recipe
{
    /// <summary>Where the pictures come from: <see cref="DatasetCatalogue"/>.</summary>
    public MethodChoice Dataset { get; init; } = new("emoji");

    /// <summary>Which classes are held out.</summary>
    public SplitOptions Split { get; init; } = new();

    /// <summary>How a picture of any shape becomes square; part of the exported embedder.</summary>
    public ResizeRule Resize { get; init; } = ResizeRule.ShortSideCrop;

    /// <summary>Training pictures are decoded this many times larger than the input, so that crops keep their detail; 1 or more.</summary>
    public double Margin { get; init; } = 1.15;

    /// <summary>How batches are put together: <see cref="SamplerCatalogue"/>.</summary>
    public MethodChoice Sampler { get; init; } = new("balanced");

    /// <summary>Random changes of training pictures, in this order: <see cref="AugmentationCatalogue"/>.</summary>
    public IReadOnlyList<MethodChoice> Augmentation { get; init; } = [new("random-resized-crop"), new("random-flip"), new("colour-jitter")];

    /// <summary>
    /// An embedder that stays as it is: a linear map of its vectors is trained, in place of a backbone and a head. A folder, or a name as
    /// <see cref="PretrainedFile"/> finds it; null: none. <see cref="Resize"/>, <see cref="Backbone"/>, <see cref="Pretrained"/> and
    /// <see cref="Head"/> have no effect then.
    /// </summary>
    public string? Embedder { get; init; }

    /// <summary>The network: <see cref="BackboneCatalogue"/>.</summary>
    public MethodChoice Backbone { get; init; } = new("deit-tiny");

    /// <summary>The weights that the backbone starts from, as <see cref="PretrainedFile"/> finds them; null: random ones.</summary>
    public string? Pretrained { get; init; }

    /// <summary>What makes the embedding of the backbone's feature: <see cref="HeadCatalogue"/>.</summary>
    public MethodChoice Head { get; init; } = new(HeadCatalogue.Default);

    /// <summary>What training minimises: <see cref="LossCatalogue"/>.</summary>
    public MethodChoice Loss { get; init; } = new("proxy-anchor");

    /// <summary>
    /// Folder of an embedder whose vectors of the training pictures the loss follows; null: none. It should not have been trained on the
    /// held-out classes.
    /// </summary>
    public string? Teacher { get; init; }

    /// <summary>Epochs, rates, precision, device and the seed of everything random.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How the held-out classes are measured.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>The same recipe with every option of every method written out.</summary>
    /// <exception cref="RecipeException">An unknown name or option.</exception>
    public Recipe Resolve() => this with
    {
        Dataset = Dataset.Resolve("dataset", DatasetCatalogue.All),
        Sampler = Sampler.Resolve("sampler", SamplerCatalogue.All),
        Augmentation = [.. Augmentation.Select(choice => choice.Resolve("augmentation", AugmentationCatalogue.All))],
        Backbone = Backbone.Resolve("backbone", BackboneCatalogue.All),
        Head = Head.Resolve("head", HeadCatalogue.All),
        Loss = LossCatalogue.Resolve(Loss),
        Split = Split with { HeldOut = Split.Share },
        Training = Training with
        {
            Optimizer = Training.Optimizer.Resolve("optimizer", OptimizerCatalogue.All),
            Schedule = Training.Schedule.Resolve("schedule", ScheduleCatalogue.All),
            Validation = Training.ValidationShare,
            FrozenBackbone = Training.FrozenBackbone || Embedder is not null,
        },
        Margin = Margin is >= 1 and <= 4 ? Margin : throw new RecipeException($"recipe: margin must be 1 to 4, it is {Margin}."),
    };

    /// <summary>As JSON.</summary>
    public JsonObject ToJson() => MethodOptions.Write(this);
}

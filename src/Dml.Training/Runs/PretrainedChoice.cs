using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Weights;

namespace Dml.Training.Runs;

/// <summary>A backbone with published weights, as the command line names it: <c>backbone[,option=value…]:weights</c>.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Backbone">The line of <see cref="BackboneCatalogue"/>, with the options that were given.</param>
/// <param name="Weights">A file or a name: see <see cref="PretrainedFile"/>.</param>
internal sealed record PretrainedChoice(string Text, MethodChoice Backbone, string Weights)
{
    /// <exception cref="RecipeException">Not of this form.</exception>
    public static PretrainedChoice Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? Of(text, text[..colon], text[(colon + 1)..]) : throw new RecipeException(
            $"--pretrained {text}: expected backbone[,option=value…]:weights, such as vit-tiny,inputSize=160:vit.safetensors.");
    }

    /// <summary>The two parts of it, given apart: <c>--pretrained weights --backbone backbone[,option=value…]</c>.</summary>
    /// <exception cref="RecipeException">An option is not of the form name=value.</exception>
    public static PretrainedChoice Of(string weights, string backbone) => Of($"{backbone}:{weights}", backbone, weights);

    private static PretrainedChoice Of(string text, string backbone, string weights)
    {
        var parts = backbone.Split(',');
        var options = new JsonObject();
        foreach (var setting in parts[1..])
        {
            RecipeSetting.Apply(options, setting);
        }

        return new(text, new MethodChoice(parts[0]) { Options = options }, weights);
    }

    /// <summary>The backbone with its weights, in evaluation mode; the embedding is its feature, scaled to length 1.</summary>
    /// <exception cref="RecipeException">An unknown backbone or option, no such file, or weights that do not fit.</exception>
    public EmbeddingNetwork Open()
    {
        var backbone = BackboneCatalogue.Create(Backbone.Name, Backbone.Options, new Initializer(1));
        RecipeNetwork.LoadPretrained(backbone, PretrainedFile.Find(Weights, Directory.GetCurrentDirectory()));
        var network = new EmbeddingNetwork(backbone, HeadCatalogue.Create(new MethodChoice("l2"), backbone, new Initializer(1)));
        network.SetTraining(false);
        return network;
    }
}

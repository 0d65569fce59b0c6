using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Recipes;

namespace Dml.Training.Runs;

/// <summary>A backbone with published weights, as the command line names it: <c>backbone[,option=value…]:file.safetensors</c>.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Backbone">The line of <see cref="BackboneCatalogue"/>, with the options that were given.</param>
/// <param name="File">The weights.</param>
internal sealed record PretrainedChoice(string Text, MethodChoice Backbone, string File)
{
    /// <exception cref="RecipeException">Not of this form.</exception>
    public static PretrainedChoice Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1)
        {
            throw new RecipeException(
                $"--pretrained {text}: expected backbone[,option=value…]:file.safetensors, such as vit-tiny,inputSize=160:vit.safetensors."
            );
        }

        var parts = text[..colon].Split(',');
        var options = new JsonObject();
        foreach (var setting in parts[1..])
        {
            RecipeSetting.Apply(options, setting);
        }

        return new(text, new MethodChoice(parts[0]) { Options = options }, Path.GetFullPath(text[(colon + 1)..]));
    }

    /// <summary>The backbone with its weights, in evaluation mode; the embedding is its feature, scaled to length 1.</summary>
    /// <exception cref="RecipeException">An unknown backbone or option, no such file, or weights that do not fit.</exception>
    public EmbeddingNetwork Open()
    {
        var backbone = BackboneCatalogue.Create(Backbone.Name, Backbone.Options, new Initializer(1));
        RecipeNetwork.LoadPretrained(backbone, File);
        var network = new EmbeddingNetwork(backbone, HeadCatalogue.Create(new MethodChoice("l2"), backbone, new Initializer(1)));
        network.SetTraining(false);
        return network;
    }
}

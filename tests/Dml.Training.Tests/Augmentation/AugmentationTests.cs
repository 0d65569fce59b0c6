using System.Numerics;
using System.Text.Json.Nodes;
using Dml.Training.Augmentation;
using Dml.Training.Catalogues;

namespace Dml.Training.Tests.Augmentation;

public class AugmentationTests
{
    private const int Side = 24;

    public static TheoryData<string> Names => [.. AugmentationCatalogue.All.Select(m => m.Name)];

    // A crop is always taken.
    public static TheoryData<string> NamesWithProbability =>
        [.. AugmentationCatalogue.All.Select(m => m.Name).Where(name => name != "random-resized-crop")];

    private static IAugmentation Make(string name, JsonObject? options = null) =>
        Catalogue.Find("augmentation", AugmentationCatalogue.All, name).Make(options);

    private static byte[] Render(IAugmentation augmentation, byte[] source, int seed)
    {
        var plan = new AugmentationPlan();
        augmentation.Draw(new Random(seed), plan);
        var result = new byte[Side * Side * 3];
        PictureSampler.Render(source, Side, plan, result, Side);
        return result;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_augmentation_changes_some_pictures_and_repeats_itself_for_a_seed(string name)
    {
        var source = TinyPictures.Rgb(Side, 4, 0);
        var augmentation = Make(name);

        var results = Enumerable.Range(0, 40).Select(seed => Render(augmentation, source, seed)).ToArray();

        Assert.Contains(results, r => !r.SequenceEqual(source));
        Assert.Equal(results[7], Render(Make(name), source, 7));
    }

    [Theory]
    [MemberData(nameof(NamesWithProbability))]
    public void A_probability_of_zero_leaves_the_picture_alone(string name)
    {
        var source = TinyPictures.Rgb(Side, 4, 0);

        Assert.Equal(source, Render(Make(name, new() { ["probability"] = 0 }), source, 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_out_of_range_are_refused(string name)
    {
        JsonObject wrong = name == "random-resized-crop" ? new() { ["area"] = new JsonArray(1, 0.5) } : new() { ["probability"] = 1.5 };

        Assert.Contains(name, Assert.Throws<RecipeException>(() => Make(name, wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flip_mirrors_exactly()
    {
        var source = TinyPictures.Rgb(Side, 2, 0);

        var flipped = Render(Make("random-flip", new() { ["probability"] = 1 }), source, 0);

        for (var i = 0; i < Side * Side; i++)
        {
            var mirror = (i / Side * Side) + Side - 1 - i % Side;
            Assert.Equal(source.AsSpan(i * 3, 3), flipped.AsSpan(mirror * 3, 3));
        }
    }

    [Fact]
    public void Inversion_and_greyscale_are_what_their_names_say()
    {
        var source = TinyPictures.Rgb(Side, 5, 0);

        Assert.Equal(source.Select(v => (byte)(255 - v)), Render(Make("random-inversion", new() { ["probability"] = 1 }), source, 0));
        var grey = Render(Make("random-greyscale", new() { ["probability"] = 1 }), source, 0);
        for (var i = 0; i < grey.Length; i += 3)
        {
            var expected = 0.299 * source[i] + 0.587 * source[i + 1] + 0.114 * source[i + 2];
            Assert.All(grey[i..(i + 3)], v => Assert.InRange(v - expected, -0.51, 0.51));
        }
    }

    [Fact]
    public void Colour_changes_compose_to_one_in_the_order_of_the_recipe()
    {
        var plan = new AugmentationPlan();
        plan.Recolour(ColourMatrices.Inversion);
        plan.Recolour(ColourMatrices.Brightness(0.5f));
        plan.Recolour(ColourMatrices.Paper(new Vector3(1, 0.5f, 0.25f)));

        var white = Vector4.Transform(Vector4.One, plan.Colour);
        var black = Vector4.Transform(new Vector4(0, 0, 0, 1), plan.Colour);

        Assert.Equal(new Vector4(0, 0, 0, 1), white);
        Assert.Equal(new Vector4(0.5f, 0.25f, 0.125f, 1), black);
    }

    [Fact]
    public void A_turn_of_the_hue_keeps_grey_and_a_full_one_keeps_everything()
    {
        var grey = new Vector4(0.4f, 0.4f, 0.4f, 1);
        var colour = new Vector4(0.8f, 0.1f, 0.3f, 1);

        Assert.True(Vector4.Distance(grey, Vector4.Transform(grey, ColourMatrices.Hue(0.2f))) < 1e-6);
        Assert.True(Vector4.Distance(colour, Vector4.Transform(colour, ColourMatrices.Hue(1))) < 1e-5);
        // A third of a turn exchanges the channels.
        Assert.True(Vector4.Distance(new(0.3f, 0.8f, 0.1f, 1), Vector4.Transform(colour, ColourMatrices.Hue(1 / 3f))) < 1e-5);
    }
}

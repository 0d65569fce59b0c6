using Dml.Embedding;
using Dml.Training.Commands;
using Dml.Training.Losses;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Runs;

/// <summary>
/// A run that version 0.1 began on libtorch 1.13 and that was killed in epoch 26 of 40, after one of its two batches
/// (<c>Version01/</c>, with the weights that version 0.1 ends with).
/// </summary>
public sealed class RunOfVersion01Tests : IDisposable
{
    private const int Side = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly string _kept = Path.Combine(Repository.Folder, "tests", "Dml.Training.Tests", "Runs", "Version01");

    public RunOfVersion01Tests()
    {
        foreach (var name in (string[])["recipe.json", "checkpoint.safetensors", "metrics.jsonl"])
        {
            Directory.CreateDirectory(_folder.File("run"));
            File.Copy(Path.Combine(_kept, name), Path.Combine(_folder.File("run"), name));
        }

        for (var label = 0; label < 6; label++)
        {
            Directory.CreateDirectory(_folder.File($"pictures/class-{label}"));
            for (var picture = 0; picture < 4; picture++)
            {
                using var image = VipsImage.FromRgb(Rgb(label, picture), Side, Side);
                File.WriteAllBytes(_folder.File($"pictures/class-{label}/{picture}.png"), image.Encode(PictureFormat.Png));
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_resumes_and_ends_with_the_weights_that_version_0_1_ends_with()
    {
        using var output = new StringWriter();
        var code = await TrainCommand.Create(new(_folder.Path, _folder.File("cache"), output))
            .Parse(["--resume", "--run", _folder.File("run")])
            .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);

        Assert.Equal(0, code);
        Assert.Contains("continues in epoch 26 of 40, after 1 of its 2 batches", output.ToString(), StringComparison.Ordinal);
        var run = RunFolder.Open(_folder.File("run"));
        Assert.Equal(Enumerable.Range(1, 40), run.ReadMetrics().Where(m => (string?)m["kind"] == "epoch").Select(m => (int)m["epoch"]!));
        var (old, now) = (Floats(Path.Combine(_kept, "finished.safetensors"), ""), Floats(run.WeightsPath, ""));
        var before = Floats(Path.Combine(_kept, "checkpoint.safetensors"), "average.");
        Assert.Equal(old.Keys.Order(), now.Keys.Order());
        Assert.InRange(old.Max(tensor => Largest(tensor.Value, now[tensor.Key])), 0, 2e-5);
        Assert.InRange(old.Max(tensor => Largest(tensor.Value, before[tensor.Key])), 1e-4, 1);
    }

    [Fact]
    public void Its_checkpoint_is_taken_over_exactly()
    {
        var recipe = RunFolder.Open(_folder.File("run")).ReadRecipe();
        var data = new RecipeData(recipe, _folder.Path, _folder.File("cache"));
        using var network = RecipeNetwork.Create(recipe, root: null);
        using var loss = LossCatalogue.Create(recipe.Loss.Name, data.ShapeOf(network), recipe.Loss.Options, 1);
        using var state = new TrainingState(network, loss, recipe.Training);

        state.Load(_folder.File("run/checkpoint.safetensors"));
        state.Save(_folder.File("again.safetensors"));

        var old = SafetensorsFile.Load(_folder.File("run/checkpoint.safetensors"));
        var now = SafetensorsFile.Load(_folder.File("again.safetensors"));
        Assert.Equal((25, 51L, 1), (state.EpochsDone, state.Steps, state.Progress.Batches));
        Assert.Equal(old.Tensors.Keys.Order(), now.Tensors.Keys.Order());
        Assert.All(old.Tensors, tensor => Assert.Equal(tensor.Value.Data, now.Tensors[tensor.Key].Data));
    }

    private static byte[] Rgb(int label, int picture)
    {
        var rgb = new byte[Side * Side * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            var (y, x, channel) = (i / (Side * 3), i / 3 % Side, i % 3);
            rgb[i] = (byte)((40 * label) + (5 * x * (channel + 1)) + (3 * y) + (7 * picture));
        }

        return rgb;
    }

    private static Dictionary<string, float[]> Floats(string path, string prefix) =>
        SafetensorsFile.Load(path).Tensors
            .Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal) && tensor.Value.Type == SafetensorsType.F32)
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value.ToFloats());

    private static float Largest(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();
}

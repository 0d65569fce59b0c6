using System.Globalization;
using Dml.Training.Losses;
using Dml.Training.Tests.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>Not run in parallel with other tests, because it measures the memory of the whole process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class LossMemoryTests
{
    // A float per triple of a batch of 512 would be 512 MiB; a float per pair is 1 MiB, or 16 MiB for a batch with three copies of each
    // row.
    private const long Bound = 320L << 20;

    public static TheoryData<string> Names => [.. LossCatalogue.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_batch_of_512_needs_no_memory_of_its_cube(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Peak memory is read from /proc.");
        }

        using var scope = NewDisposeScope();
        manual_seed(3);
        const int count = 512;
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i / 4)];
        using var loss = LossCatalogue.Create(name, new(128, 64)
        {
            PictureLabels = labels,
            PictureLabelSets = [.. labels.Select(label => (int[])[label])],
            PictureModalities = [.. labels.Select((_, i) => i % 2)],
            TeacherVectors = [.. labels.Select(
                (label, i) => Enumerable.Range(0, 16).Select(d => (float)Math.Sin((label * d) + (i * .1))).ToArray())],
        }, null, 1);
        var embeddings = randn([count, 64]).requires_grad_(true);
        GC.Collect();
        ResetPeak();
        var before = Peak();
        loss.Compute(new LossBatch(embeddings, [.. labels.Select(label => (long)label)])
        { Pictures = [.. Enumerable.Range(0, count)] }).backward();
        Assert.True(Peak() - before < Bound, string.Create(CultureInfo.InvariantCulture, $"{(Peak() - before) >> 20} MiB"));
    }

    // Resets VmHWM to the memory in use now.
    private static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"Peak memory cannot be measured here: {e.Message}");
        }
    }

    private static long Peak()
        => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
}

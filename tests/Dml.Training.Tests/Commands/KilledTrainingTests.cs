using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Dml.Tests.Shared;
using Dml.Training.Runs;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Commands;

/// <summary>Real <c>dml train</c> processes that are killed, told to end, fed what breaks them, or left without room.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private const string RecipeText = """
        {
          "dataset": { "name": "folders", "folder": "pictures" },
          "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
          "backbone": { "name": "googlenet", "inputSize": 16, "stages": 3, "initialization": "fan-in" },
          "head": { "dimension": 12 },
          "training": { "epochs": 7, "learningRate": 1e-3, "validateEvery": 1, "averageDecay": 0.9,
            "checkpointMinutes": 1e-9, "bFloat16": "off", "channelsLast": "on" },
          "evaluation": { "wallQueries": 3 }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public KilledTrainingTests()
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 9, side: 20);
        File.WriteAllText(_folder.File("tiny.json"), RecipeText);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_that_is_killed_again_and_again_ends_like_one_that_never_was()
    {
        await EndWell(Start("whole"));
        // What a process is killed at: the first moment that something is seen in its folder.
        (string What, Func<RunFolder, bool> Seen)[] moments =
        [
            ("within an epoch", run => File.Exists(run.CheckpointPath)),
            ("writing a checkpoint", run => Unfinished(run, "checkpoint")),
            ("validating", run => Unfinished(run, "weights")),
            ("writing a checkpoint", run => Unfinished(run, "checkpoint")),
            ("writing the report", run => Unfinished(run, "report")),
        ];
        var begun = false;
        foreach (var (what, seen) in moments)
        {
            using var process = Start("killed", resume: begun);
            var kept = begun ? File.GetLastWriteTimeUtc(Run("killed").CheckpointPath) : default;
            // Not before it has written a checkpoint of its own: every process must get on.
            await Until(process, () => File.GetLastWriteTimeUtc(Run("killed").CheckpointPath) > kept);
            await Until(process, () => seen(Run("killed")));
            process.Kill();
            TestContext.Current.TestOutputHelper?.WriteLine($"killed {what}; {Run("killed").ReadMetrics().Count} lines of metrics");
            begun = true;
        }

        await EndWell(Start("killed", resume: true));
        Assert.Equal(Figures("whole"), Figures("killed"));
        Assert.Equal(File.ReadAllBytes(Run("whole").WeightsPath), File.ReadAllBytes(Run("killed").WeightsPath));
        Assert.Equal(File.ReadAllBytes(Run("whole").CheckpointPath), File.ReadAllBytes(Run("killed").CheckpointPath));
        Assert.Empty(Directory.EnumerateFiles(_folder.File("killed"), "*.tmp"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task A_run_that_is_told_to_end_ends_after_its_step_with_a_checkpoint(int signal)
    {
        // A shell that starts the tests in the background has its programs, and all that they start, ignore SIGINT.
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.SkipWhen(
            (Convert.ToUInt64(ignored.Split('\t')[1], 16) >> (signal - 1) & 1) == 1,
            $"This process was started to ignore signal {signal}.");
        await EndWell(Start("whole"));
        using (var process = Start("told", ["--set", "training.checkpointMinutes=0"]))
        {
            await Until(process, () => File.Exists(Run("told").CheckpointPath));
            Assert.Equal(0, SendSignal(process.Id, signal));
            var (code, output, _) = await process.EndAsync(Cancel);
            Assert.Equal(130, code);
            Assert.Contains("--resume", output, StringComparison.Ordinal);
        }

        await EndWell(Start("told", resume: true));
        Assert.Equal(File.ReadAllBytes(Run("whole").WeightsPath), File.ReadAllBytes(Run("told").WeightsPath));
    }

    [Fact]
    public async Task A_loss_that_is_no_number_leaves_its_batch()
    {
        using var process = Start(
            "broken", ["--set", "training.learningRate=1e30", "--set", "training.warmupEpochs=0", "--set", "training.checkpointMinutes=0"]);
        var (code, _, errors) = await process.EndAsync(Cancel);
        Assert.Equal(1, code);
        Assert.Contains("broken-batch.safetensors", errors, StringComparison.Ordinal);
        var kept = SafetensorsFile.Load(Run("broken").BrokenBatchPath);
        Assert.Equal([12, 16, 16, 3], kept.Tensors["pixels"].Shape);
        Assert.Equal(SafetensorsType.U8, kept.Tensors["pixels"].Type);
        Assert.Equal(12, kept.Tensors["labels"].ToLongs().Length);
        var ids = JsonNode.Parse(kept.Metadata["ids"])!.AsArray().Select(id => (string)id!).ToArray();
        Assert.Equal(12, ids.Length);
        Assert.All(ids, id => Assert.True(File.Exists(Path.Combine(_folder.File("pictures"), id)), id));
        Assert.Contains($"step {kept.Metadata["step"]}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_says_so_and_leaves_the_last_checkpoint_whole()
    {
        await EndWell(Start("whole"));
        var bytes = new FileInfo(Run("whole").CheckpointPath).Length;
        Directory.CreateDirectory(_folder.File("small"));
        // Room for one checkpoint, the weights and half of the next checkpoint, on a disk of its own in a namespace of its own.
        using var process = TrainProcess.Shell(
            _folder.Path,
            "unshare",
            "-rm",
            "sh",
            "-c",
            $"mount -t tmpfs -o size={bytes * 18 / 10} none small || exit 99; $DML train tiny.json --run small/run; code=$?; cp -r "
                + $"small/run kept; exit $code");
        var (code, _, errors) = await process.EndAsync(Cancel);
        if (code is 99 or 1 && errors.Contains("unshare", StringComparison.Ordinal))
        {
            Assert.Skip($"This machine lets no one mount: {errors}");
        }

        Assert.True(code == 74, $"{code}: {errors}");
        Assert.Contains("disk is full", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.File("kept"), "*.tmp"));
        await EndWell(Start("kept", resume: true));
        Assert.Equal(File.ReadAllBytes(Run("whole").WeightsPath), File.ReadAllBytes(Run("kept").WeightsPath));
    }

    private TrainProcess Start(string run, bool resume) => resume ? new(_folder.Path, "train", "--resume", "--run", run) : Start(run);

    private TrainProcess Start(string run, params string[] more) => new(_folder.Path, ["train", "tiny.json", "--run", run, .. more]);

    private RunFolder Run(string run) => RunFolder.Open(_folder.File(run));

    private string[] Figures(string run) =>
        [
            .. Run(run)
                .ReadMetrics()
                .Select(m =>
                    string.Join(
                        ' ',
                        m.Where(v => !v.Key.EndsWith("econds", StringComparison.Ordinal) && v.Key != "imagesPerSecond")
                            .Select(v => $"{v.Key}={v.Value?.ToJsonString()}"))),
        ];

    private static bool Unfinished(RunFolder run, string file) => Directory.EnumerateFiles(run.Folder, $"{file}*.tmp").Any();

    private static async Task EndWell(TrainProcess process)
    {
        using (process)
        {
            var (code, output, errors) = await process.EndAsync(Cancel);
            Assert.True(code == 0, $"{code}: {errors}{output}");
        }
    }

    private static async Task Until(TrainProcess process, Func<bool> seen)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!Try(seen))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < Eventually.Patience, "That moment does not come.");
            if (!process.Running)
            {
                var (code, output, errors) = await process.EndAsync(Cancel);
                Assert.Fail($"It ended before that moment came ({code}): {errors}{output}");
            }

            Thread.Yield();
        }
    }

    // The folder is not there yet, or a file goes while it is looked at.
    private static bool Try(Func<bool> seen)
    {
        try
        {
            return seen();
        }
        catch (Exception e) when (e is IOException or Dml.Training.Catalogues.RecipeException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}

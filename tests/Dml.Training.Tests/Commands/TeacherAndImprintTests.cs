using System.CommandLine;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Runs;

namespace Dml.Training.Tests.Commands;

/// <summary>What is done with an exported embedder beside serving it, on tiny pictures, through the command line.</summary>
public sealed class TeacherAndImprintTests : IDisposable
{
    private const string Recipe = """
        {
          "dataset": { "name": "folders", "folder": "pictures" },
          "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
          "augmentation": [],
          "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
          "head": { "dimension": 12 },
          "training": { "epochs": 1, "learningRate": 1e-3 },
          "evaluation": { "batchSize": 7, "wallQueries": 0 }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();

    public TeacherAndImprintTests()
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 5, side: 20);
        File.WriteAllText(_folder.File("tiny.json"), Recipe);
    }

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    private static Task<int> Run(Command command, params string[] arguments)
        => command.Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_student_learns_from_it_new_classes_are_imprinted_and_neighbourhoods_re_rank_it()
    {
        var workplace = new Workplace(_folder.Path, _folder.File("cache"), _output);
        var (recipe, teacher) = (_folder.File("tiny.json"), _folder.File("models/teacher"));
        Assert.Equal(0, await Run(TrainCommand.Create(workplace), recipe, "--run", _folder.File("run")));
        Assert.Equal(0, await Run(ExportCommand.Create(workplace), _folder.File("run"), "--out", teacher));

        string[] student = [recipe, "--run", _folder.File("student"), "--set", "loss=relational-distillation", "head.dimension=5"];
        Assert.Contains(
            "teacher", (await Assert.ThrowsAsync<RecipeException>(() => Run(TrainCommand.Create(workplace), student))).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            0,
            await Run(
                TrainCommand.Create(workplace), [.. student[..2], _folder.File("student2"), .. student[3..], "teacher=models/teacher"]));
        Assert.Contains(
            "models/none",
            (
                await Assert.ThrowsAsync<RecipeException>(() =>
                    Run(TrainCommand.Create(workplace), [.. student[..2], _folder.File("student3"), .. student[3..], "teacher=models/none"])
                )
            ).Message,
            StringComparison.Ordinal);

        string Picture(int label, int picture) => _folder.File($"pictures/class-{label}/{picture}.png");
        var imprint = ImprintCommand.Create(_output);
        await Assert.ThrowsAsync<RecipeException>(() => Run(imprint, teacher, Picture(0, 0)));
        Assert.Equal(0, await Run(imprint, teacher, Picture(0, 0), "--class", "stripes"));
        Assert.Equal(0, await Run(imprint, teacher, Picture(7, 0), Picture(7, 1), "--class", "waves"));
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(imprint, teacher, Picture(0, 0)));
        Assert.Contains("0.png: stripes 1.0000, waves", _output.ToString(), StringComparison.Ordinal);

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create(workplace), teacher, "--rerank", "4,2,0.3", "--json"));
        var results = JsonNode.Parse(_output.ToString())!.AsArray();
        Assert.Equal([teacher, $"{teacher} re-ranked"], results.Select(r => (string)r!["embedder"]!));
        Assert.Equal(results[0]!["figures"]!.AsObject().Select(f => f.Key), results[1]!["figures"]!.AsObject().Select(f => f.Key));
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Data;

public class DatasetTests
{
    public static TheoryData<string> Names => [.. DatasetCatalogue.All.Select(m => m.Name)];

    public static TheoryData<string> InFolders =>
        [.. DatasetCatalogue.All.Where(m => m.Defaults is not CsvDataset.Options).Select(m => m.Name)];

    private static Dataset Open(string name, string root, JsonObject? options = null) =>
        Catalogue.Find("dataset", DatasetCatalogue.All, name).Make(options)(root);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_missing_set_says_what_is_expected_where(string name)
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<RecipeException>(() => Open(name, folder.Path));

        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
        var about = Catalogue.Find("dataset", DatasetCatalogue.All, name).About;
        Assert.Contains(about.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(about.Layout[0].Split(", ")[0], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(InFolders))]
    public void An_empty_folder_is_told_what_is_missing_and_where_it_comes_from(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("empty"));

        var error = Assert.Throws<RecipeException>(() => Open(name, folder.Path, new() { ["folder"] = "empty" }));

        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.File("empty"), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_figure_it_is_published_with_is_known(string name) =>
        Assert.All(Catalogue.Find("dataset", DatasetCatalogue.All, name).About.Figures, figure =>
            Assert.Equal(figure, RetrievalFigure.Of(figure).Name));

    [Fact]
    public void Folders_are_classes_and_files_their_pictures()
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.File("pictures"), 3, 2, 8);
        Directory.CreateDirectory(folder.File("pictures/class-1/deeper"));
        File.WriteAllBytes(folder.File("pictures/class-1/deeper/x.PNG"), TinyPictures.Png(8, 1, 9));
        File.WriteAllText(folder.File("pictures/class-1/notes.txt"), "no picture");

        var dataset = Open("folders", folder.Path);

        Assert.Equal(
            ["class-0/0.png", "class-0/1.png", "class-1/0.png", "class-1/1.png", "class-1/deeper/x.PNG", "class-2/0.png", "class-2/1.png"],
            dataset.Pictures.Select(p => p.Id));
        Assert.Equal("class-1", dataset.Pictures[4].Class);
        Assert.Equal(TinyPictures.Png(8, 1, 9), dataset.Pictures[4].Load());
    }

    // A Mac writes the names of folders in another form than Linux; the service keeps one.
    [Fact]
    public void Labels_that_look_the_same_are_one_class()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, seed) in new[] { ("cafe\u0301", 1), ("caf\u00e9", 2), ("tea ", 3) })
        {
            Directory.CreateDirectory(folder.File($"pictures/{name}"));
            File.WriteAllBytes(folder.File($"pictures/{name}/0.png"), TinyPictures.Png(8, 1, seed));
        }

        File.WriteAllText(
            folder.File("pictures.csv"),
            "pictures/cafe\u0301/0.png,cafe\u0301;x \npictures/caf\u00e9/0.png, caf\u00e9;x\npictures/tea /0.png,\"sp3 ;x\"\n");

        Assert.Equal(["caf\u00e9", "caf\u00e9", "tea"], Open("folders", folder.Path).Pictures.Select(p => p.Class).Order());
        Assert.Equal(["caf\u00e9;x", "caf\u00e9;x", "sp3 ;x"], Open("csv", folder.Path).Pictures.Select(p => p.Class).Order());
        var several = Open("csv", folder.Path, new() { ["labelSeparator"] = ";" });
        Assert.Equal(["caf\u00e9", "sp3", "x"], several.Pictures.SelectMany(p => p.Labels).Distinct().Order());
    }

    [Fact]
    public void A_named_pipe_among_the_pictures_is_named_and_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders.");
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.File("pictures"), 2, 2, 8);
        var pipe = folder.File("pictures/class-0/pipe.png");
        using (var made = Process.Start("mkfifo", pipe))
        {
            Assert.True(made.WaitForExit(TimeSpan.FromMinutes(1)), "mkfifo does not end");
        }

        File.CreateSymbolicLink(folder.File("pictures/class-1/link.png"), folder.File("pictures/class-1/0.png"));
        File.WriteAllText(folder.File("pictures.csv"), "pictures/class-0/pipe.png,a\npictures/class-1/link.png,b\n");
        foreach (var name in new[] { "folders", "csv" })
        {
            var pictures = Open(name, folder.Path).Pictures;
            var pipes = pictures.Single(p => p.Id.EndsWith("pipe.png", StringComparison.Ordinal));
            var refused = Assert.Throws<IOException>(() => pipes.Load());
            Assert.Equal($"{pipe} cannot be read. It is a named pipe; only regular files are read.", refused.Message);
            Assert.Equal(
                TinyPictures.Png(8, 1, 0), pictures.Single(p => p.Id.EndsWith("link.png", StringComparison.Ordinal)).Load());
        }
    }

    [Fact]
    public void The_content_key_changes_with_the_content()
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.File("pictures"), 2, 2, 8);
        var before = Open("folders", folder.Path).ContentKey;

        Assert.Equal(before, Open("folders", folder.Path).ContentKey);
        File.WriteAllBytes(folder.File("pictures/class-1/0.png"), TinyPictures.Png(9, 1, 0));
        Assert.NotEqual(before, Open("folders", folder.Path).ContentKey);
    }

    [Fact]
    public void Csv_reads_paths_and_labels_quoted_or_not()
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.Path, 2, 1, 8);
        File.WriteAllText(folder.File("pictures.csv"), "path,label\nclass-0/0.png,\"red, \"\"round\"\"\"\n\nclass-1/0.png,blue\n");

        var dataset = Open("csv", folder.Path);

        Assert.Equal(["red, \"round\"", "blue"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal(TinyPictures.Png(8, 1, 0), dataset.Pictures[1].Load());
    }

    [Fact]
    public void Csv_columns_say_split_role_and_attributes()
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.Path, 2, 3, 8);
        File.WriteAllText(
            folder.File("pictures.csv"),
            "label;part;camera;path\nb|a;train;1;class-0/0.png\nc;train;1;class-0/1.png\n"
            + "a|c|a;query;2;class-1/0.png\nb;gallery;3;class-1/1.png\n");

        var dataset = Open("csv", folder.Path, new() { ["separator"] = ";", ["labelSeparator"] = "|" });

        Assert.Equal(["a|b", "c", "a|c", "b"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal(["a", "c"], dataset.Pictures[2].Labels);
        Assert.Equal(
            [PicturePart.Training, PicturePart.Training, PicturePart.Test, PicturePart.Test], dataset.Pictures.Select(p => p.Part));
        Assert.Equal([PictureRole.Both, PictureRole.Both, PictureRole.Query, PictureRole.Gallery], dataset.Pictures.Select(p => p.Role));
        Assert.Equal(["1", "1", "2", "3"], dataset.Pictures.Select(p => p.Attributes["camera"]));
        File.AppendAllText(folder.File("pictures.csv"), "b;dev;3;class-1/2.png\n");
        Assert.Contains(
            "line 6: 'dev'", Assert.Throws<RecipeException>(() => Open("csv", folder.Path, new() { ["separator"] = ";" })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("class-0/0.png", "line 1")]
    [InlineData("class-0/0.png,a\nnowhere.png,b", "line 2")]
    [InlineData("class-0/0.png,a\nclass-0/0.png,b", "listed twice")]
    [InlineData("class-0/0.png,a,b", "expected 'path,label'")]
    public void A_faulty_line_of_a_csv_is_named(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.Path, 1, 1, 8);
        File.WriteAllText(folder.File("pictures.csv"), text);

        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Open("csv", folder.Path)).Message, StringComparison.Ordinal);
    }
}

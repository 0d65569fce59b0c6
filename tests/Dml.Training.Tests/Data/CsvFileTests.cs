using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Feedback;
using nietras.SeparatedValues;

namespace Dml.Training.Tests.Data;

public sealed class CsvFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private List<(int Line, string[] Fields)> Rows(string text, char separator = ',')
    {
        File.WriteAllText(_folder.File("rows.csv"), text);
        return [.. CsvFile.Rows(_folder.File("rows.csv"), separator)];
    }

    [Fact]
    public void A_quoted_field_holds_separators_quotes_and_line_breaks()
    {
        var rows = Rows("a,\"one, \"\"two\"\"\nthree\r\nfour\"\r\n\n\"\",b\n");

        Assert.Equal([["a", "one, \"two\"\nthree\r\nfour"], ["", "b"]], rows.Select(row => row.Fields));
        // A row is found at the line it begins on.
        Assert.Equal([1, 5], rows.Select(row => row.Line));
    }

    [Fact]
    public void What_is_written_as_the_service_writes_it_reads_back()
    {
        string[] fields = ["a", "one, \"two\"\nthree\r\nfour", "", " \t", "\"", "å"];
        WriteRow(_folder.File("rows.csv"), fields);

        Assert.Equal([fields], CsvFile.Rows(_folder.File("rows.csv"), ',').Select(row => row.Fields));
    }

    private static void WriteRow(string path, string[] fields)
    {
        using var writer = Sep.New(',').Writer(o => o with { Escape = true, WriteHeader = false }).ToFile(path);
        using var row = writer.NewRow();
        for (var column = 0; column < fields.Length; column++)
        {
            row[column].Set(fields[column]);
        }
    }

    [Theory]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Other_separators_leave_commas_alone(char separator) =>
        Assert.Equal([["a,b", "c"]], Rows($"a,b{separator}c", separator).Select(row => row.Fields));

    [Fact]
    public void A_separator_that_fields_are_made_of_is_refused()
    {
        var refused = Assert.Throws<RecipeException>(() => Rows("a", '"'));
        Assert.Contains("'\"' cannot separate columns", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_and_a_missing_last_line_break_are_no_part_of_fields() =>
        Assert.Equal([["å", "b"]], Rows("\uFEFFå,b").Select(row => row.Fields));

    [Fact]
    public void Labels_of_a_dataset_may_span_lines()
    {
        TinyPictures.WriteFolders(_folder.Path, 2, 1, 8);
        File.WriteAllText(
            _folder.File("pictures.csv"),
            "path,label,part\nclass-0/0.png,\"a \"\"tall\"\",\nblue one\",train\nclass-1/0.png,b,\"test\"\n");

        var method = Catalogue.Find("dataset", DatasetCatalogue.All, "csv");
        var dataset = method.Make(null)(_folder.Path);

        Assert.Equal(["a \"tall\",\nblue one", "b"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal([PicturePart.Training, PicturePart.Test], dataset.Pictures.Select(p => p.Part));
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_a_faulty_line_and_not_a_lost_file()
    {
        TinyPictures.WriteFolders(_folder.Path, 2, 1, 8);
        File.WriteAllText(_folder.File("pictures.csv"), $"path,label\nclass-0/0.png,\"a\nclass-1/0.png,b\n{new string('x', 500)}");

        var fault = Assert.Throws<RecipeException>(() => Catalogue.Find("dataset", DatasetCatalogue.All, "csv").Make(null)(_folder.Path));

        Assert.Contains("two classes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_of_feedback_are_read_with_quotes_or_without()
    {
        File.WriteAllText(_folder.File("pairs.csv"), "pictures/a,pictures/b,right\n\"pictures/c, d\",pictures/a,wrong\n");

        var pairs = FeedbackPairs.Read(_folder.File("pairs.csv"));

        Assert.Equal([true, false], pairs.IsRight);
        Assert.Equal(["0 pictures/a", "1 pictures/b", "2 pictures/c, d", "3 pictures/a"], pairs.Pictures.Select(p => p.Id));
        File.AppendAllText(_folder.File("pairs.csv"), "a,b,maybe\n");
        var fault = Assert.Throws<RecipeException>(() => FeedbackPairs.Read(_folder.File("pairs.csv")));
        Assert.Contains("found 'a,b,maybe'", fault.Message, StringComparison.Ordinal);
    }
}

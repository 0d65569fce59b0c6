using Dml.Training.Commands;
using Dml.Training.Losses;
using Dml.Training.Tests.Losses.Examples;

namespace Dml.Training.Tests.Docs;

public sealed class MethodsDocumentTests
{
    [Fact]
    public void The_page_is_what_the_tables_say()
        => Assert.True(
            File.ReadAllText(Path.Combine(Repository.Folder, "docs", "methods.md")) == MethodsDocument.ToMarkdown(),
            "docs/methods.md is out of date: dotnet run --project src/Dml.Training -- list --markdown > docs/methods.md");

    [Fact]
    public void The_worked_examples_are_those_of_the_table()
        => Assert.Equal(
            WorkedExamples.All.Select(WorkedExamplesDocument.Cells),
            File.ReadLines(Path.Combine(Repository.Folder, "docs", "results", "worked-examples.md"))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Trim('|', ' ').Split(" | ")[..4]));

    [Fact]
    public void Every_loss_says_what_it_is()
        => Assert.All(LossCatalogue.All, method => Assert.All(method.Notes.Values.Append(method.Paper), Assert.NotEmpty));
}

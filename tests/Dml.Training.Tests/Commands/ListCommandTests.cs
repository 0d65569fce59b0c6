using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Data;

namespace Dml.Training.Tests.Commands;

public class ListCommandTests
{
    public static TheoryData<string> Kinds => [.. ListCommand.Tables.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_line_of_every_table_has_name_source_and_options_that_read_back(string kind)
    {
        var table = ListCommand.Tables[kind];
        var json = ListCommand.ToJson(table);

        Assert.Equal(table.Count, json.Count);
        Assert.Equal(table.Count, json.Select(line => (string)line!["name"]!).Distinct().Count());
        foreach (var (method, line) in table.Zip(json))
        {
            Assert.Matches(kind == "figures" ? "^[A-Za-z]+([@-][A-Za-z]+)?$" : "^[a-z0-9]+(-[a-z0-9]+)*$", method.Name);
            Assert.NotEmpty(method.Paper);
            var options = line!["options"]!.AsObject();
            Assert.Equal(
                options.ToJsonString(), MethodOptions.Write(MethodOptions.Read(method.Name, method.Defaults, options)).ToJsonString());
        }
    }

    [Fact]
    public async Task Prints_a_table_for_people_and_one_for_programs()
    {
        using var output = new StringWriter();
        var command = ListCommand.Create(output);

        Assert.Equal(0, await command.Parse(["losses"]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("proxy-anchor", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await command.Parse(["datasets", "--json"]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        var datasets = JsonNode.Parse(output.ToString())!.AsArray();
        Assert.Equal(DatasetCatalogue.All.Select(d => d.Name), datasets.Select(line => (string)line!["name"]!));
        Assert.All(datasets, line => Assert.NotEmpty((string)line!["layout"]!));
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await command.Parse(["figures"]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("MAP@R", output.ToString(), StringComparison.Ordinal);
    }
}

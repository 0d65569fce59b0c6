using System.Globalization;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

/// <summary>docs/backbones.md says what the tables say.</summary>
public sealed class BackboneDocumentTests
{
    private static readonly string[] Text = File.ReadAllLines(Path.Combine(Repository.Folder, "docs", "backbones.md"));

    [Fact]
    public void Every_backbone_stands_in_the_document_as_it_is()
    {
        var expected = BackboneCatalogue.All.Select(method => string.Create(
            CultureInfo.InvariantCulture,
            $"`{method.Name}` | {ParameterCount.Of(method.Name):N0} | {Side(method)} px | {method.Weights} | {method.Paper}"));
        Assert.Equal(expected, Rows("backbones").Select(cells => string.Join(" | ", cells[..4].Append(cells[^1]))));
    }

    [Fact]
    public void What_was_measured_is_a_number_in_its_range_and_the_rest_a_dash()
    {
        foreach (var cells in Rows("backbones"))
        {
            var (parity, faster, recall, map) = (Measured(cells[4]), Measured(cells[5]), Measured(cells[6]), Measured(cells[7]));
            Assert.False(parity is < 1e-9 or >= 1e-4, cells[4]);
            Assert.False(faster is < 0.5 or > 8, cells[5]);
            Assert.False(recall is < -0.05 or > 0.05, cells[6]);
            Assert.False(map is < -0.05 or > 0.05, cells[7]);
        }

        Assert.Contains(Rows("backbones"), cells => Measured(cells[6]) is not null);
    }

    [Fact]
    public void Every_head_stands_in_the_document()
    {
        var backbone = BackboneCatalogue.Create("vit-tiny", SmallNetworks.Options("vit-tiny"), new Initializer(1));
        using var scope = NewDisposeScope();
        var expected = HeadCatalogue.All.Select(head =>
            $"`{head.Name}` {HeadCatalogue.Create(new MethodChoice(head.Name), backbone, new Initializer(1)).GivesUnitVectors}");
        Assert.Equal(expected, Rows("heads").Select(cells => $"{cells[0]} {cells[2] == "yes"}"));
    }

    private static double? Measured(string cell) => cell == "–" ? null : double.Parse(cell.Replace('−', '-'), CultureInfo.InvariantCulture);

    private static int Side(BackboneMethod method) => (int)MethodOptions.Write(method.Defaults)["inputSize"]!;

    private static IEnumerable<string[]> Rows(string table) => Text
        .SkipWhile(line => line != $"<!-- {table} -->").Skip(3).TakeWhile(line => line != $"<!-- /{table} -->")
        .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
}

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
    public void Measured_parity_is_allowed_parity_and_speeds_are_their_quotient()
    {
        foreach (var cells in Rows("backbones"))
        {
            var figures = cells[4..8].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
            Assert.InRange(figures[0], 1e-9, 1e-4);
            Assert.Equal(figures[1] / figures[2], figures[3], 0.15 * figures[3]);
        }
    }

    [Fact]
    public void Every_head_stands_in_the_document()
    {
        var backbone = BackboneCatalogue.Create("vit-tiny", SmallNetworks.Options("vit-tiny"), new Initializer(1));
        using var scope = NewDisposeScope();
        var expected = HeadCatalogue.All.Select(head => $"`{head.Name}` {HeadCatalogue.Create(new MethodChoice(head.Name), backbone, new Initializer(1)).GivesUnitVectors}");
        Assert.Equal(expected, Rows("heads").Select(cells => $"{cells[0]} {cells[2] == "yes"}"));
    }

    private static int Side(BackboneMethod method) => (int)MethodOptions.Write(method.Defaults)["inputSize"]!;

    private static IEnumerable<string[]> Rows(string table) => Text
        .SkipWhile(line => line != $"<!-- {table} -->").Skip(3).TakeWhile(line => line != $"<!-- /{table} -->")
        .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
}

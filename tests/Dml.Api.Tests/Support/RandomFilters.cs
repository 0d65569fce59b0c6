using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue.Filters;

namespace Dml.Api.Tests.Support;

/// <summary>Draws labels, attributes and filters from few values, so that filters match some items and not others.</summary>
internal sealed class RandomFilters(Random random)
{
    private static readonly string[] Labels = ["apple", "red apple", "Birne (grün)", "林檎", "half", "\"", "x:y<z", "NOT"];
    // SQLite's lower() knows the letters of English alone.
    private static readonly string[] PartsOfLabels = ["APPLE", "d a", "(gr", "L", "林", "not", "", "\"", "zz"];
    private static readonly string[] Names = ["set", "price", "a b", "exif:Make", "größe", "(", "tag\"s", "new"];
    private static readonly string[] Texts =
        ["noto", "true", "false", "3", "3.0", "", " ", "Canon (EOS)", "line\nbreak", "größer", "1e2", "\\"];

    // Around the places where whole numbers and doubles differ. SQLite does not read every decimal as the nearest double; it reads these.
    private static readonly string[] Numbers =
    [
        "0", "-0.0", "1", "3", "3.0", "-1", "0.5", "-0.5", "1e2", "99.99", "1e20", "-1e20", "1e-7", "9007199254740992",
        "9007199254740993", "9007199254740992.0", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "9223372036854774784", "-9223372036854777856", "1234567890123456789", "1234567890123456790", "12345678901234567890",
    ];

    public string? Label() => random.Next(4) == 0 ? null : Labels[random.Next(Labels.Length)];

    /// <summary>A JSON object.</summary>
    public string Attributes()
    {
        var attributes = new JsonObject();
        foreach (var name in Names.Where(_ => random.Next(3) == 0))
        {
            attributes[name] = random.Next(4) switch
            {
                0 => Text(),
                1 => random.Next(2) == 0,
                _ => JsonNode.Parse(StoredNumber()),
            };
        }

        return attributes.ToJsonString();
    }

    /// <summary>A filter as somebody would write it, and as it is read.</summary>
    public (string Text, ItemFilter Filter) Filter()
    {
        var text = Expression(depth: random.Next(5));
        return FilterParser.TryParse(text, out var filter, out var error)
            ? (text, filter)
            : throw new InvalidOperationException($"The filter {text} was refused: {error}");
    }

    private string Expression(int depth) => depth == 0 ? Condition() : random.Next(4) switch
    {
        0 => $"NOT {Expression(depth - 1)}",
        1 => $"({Expression(depth - 1)} OR {Expression(depth - 1)})",
        2 => $"({Expression(depth - 1)} AND {Expression(depth - 1)})",
        _ => $"({Expression(depth - 1)} AND NOT {Expression(depth - 1)})",
    };

    private string Condition() => random.Next(6) switch
    {
        4 => $"label~{Quoted(PartsOfLabels[random.Next(PartsOfLabels.Length)])}",
        5 => random.Next(4) == 0 ? "label exists" : $"attr.{Quoted(Name())} exists",
        0 => $"label:{Quoted(Labels[random.Next(Labels.Length)])}",
        1 => $"attr.{Quoted(Name())}:{Quoted(Text())}",
        2 => $"attr.{Quoted(Name())}:{Number()}",
        _ => $"attr.{Quoted(Name())}{new[] { "<", "<=", ">", ">=" }[random.Next(4)]}{Number()}",
    };

    private string Name() => Names[random.Next(Names.Length)];

    private string Text() => Texts[random.Next(Texts.Length)];

    private string Number() => random.Next(3) == 0
        ? (random.Next(-40, 40) / 4.0).ToString(CultureInfo.InvariantCulture)
        : Numbers[random.Next(Numbers.Length)];

    // A filter may compare with numbers that no attribute can be.
    private string StoredNumber()
    {
        string number;
        do
        {
            number = Number();
        }
        while (!Dml.Api.Catalogue.Attributes.TryParse($"{{\"n\":{number}}}", out _, out _));

        return number;
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

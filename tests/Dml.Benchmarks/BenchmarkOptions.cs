namespace Dml.Benchmarks;

/// <summary>Options of a verb, <c>--name value</c>.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, string> _values = [];

    public static BenchmarkOptions Parse(IEnumerable<string> arguments)
    {
        var options = new BenchmarkOptions();
        foreach (var pair in arguments.Chunk(2))
        {
            if (pair is not [var name, var value] || !name.StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"Options come as --name value; '{string.Join(' ', pair)}' does not.");
            }
            options._values[name[2..]] = value;
        }
        return options;
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) => !_values.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, out var number) && number >= 0 ? number
        : throw new ArgumentException($"--{name} wants a whole number from 0; '{text}' is none.");

    public int[] Numbers(string name, string otherwise) =>
        [.. Text(name, otherwise).Split(',').Select(text => int.TryParse(text, out var number) && number > 0
            ? number
            : throw new ArgumentException($"--{name} wants numbers from 1 with commas between; '{text}' is none."))];
}

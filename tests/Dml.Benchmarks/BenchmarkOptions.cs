using System.Globalization;

namespace Dml.Benchmarks;

/// <summary>Options of a verb, <c>--name value</c>.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<string> _read = [];

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

    /// <summary>The value of a required option.</summary>
    public string Text(string name) => Find(name)
        ?? throw new ArgumentException($"--{name} is missing.");

    public string Text(string name, string otherwise) => Find(name) ?? otherwise;

    public int Number(string name, int otherwise) => Find(name) is not { } text ? otherwise
        : int.TryParse(text, out var number) && number >= 0 ? number
        : throw new ArgumentException($"--{name} must be a whole number of at least 0; got '{text}'.");

    public double Decimal(string name, double otherwise) => Find(name) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0
        ? number
        : throw new ArgumentException($"--{name} must be a number of at least 0; got '{text}'.");

    public int[] Numbers(string name, string otherwise) =>
        [.. Text(name, otherwise).Split(',').Select(text => int.TryParse(text, out var number) && number > 0
            ? number
            : throw new ArgumentException($"--{name} must be a comma-separated list of whole numbers of at least 1; got '{text}'."))];

    /// <summary>Rejects options that the verb did not read, so that a misspelt option does not run with its default.</summary>
    public void RefuseOthers()
    {
        if (_values.Keys.FirstOrDefault(name => !_read.Contains(name)) is { } unknown)
        {
            throw new ArgumentException(
                $"There is no option --{unknown} here; there are {string.Join(", ", _read.Order().Select(name => $"--{name}"))}.");
        }
    }

    private string? Find(string name)
    {
        _read.Add(name);
        return _values.GetValueOrDefault(name);
    }
}

namespace Dml.Api.Commands;

/// <summary>The program's arguments, sorted: settings, which ASP.NET Core reads, apart from a command and its options.</summary>
/// <remarks>
/// A setting is <c>--Section:Key=value</c> or <c>--Section:Key value</c>, as everywhere in ASP.NET Core. System.CommandLine would split it at the
/// colon. Sorting also lets settings and options stand before, between and after the words of a command.
/// </remarks>
internal sealed record Arguments(string[] Settings, string[] Command)
{
    private const string Dashes = "--";

    /// <param name="args">The arguments as they were given.</param>
    /// <param name="options">The names of all commands' options that take a value, with their dashes.</param>
    /// <param name="isSetting">Whether a name without a colon is a setting's.</param>
    /// <exception cref="SettingsException">A setting has no value.</exception>
    public static Arguments Sort(string[] args, IReadOnlyCollection<string> options, Func<string, bool> isSetting)
    {
        List<string> settings = [], words = [], given = [];
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? (args[i][..at], args[i][(at + 1)..]) : (args[i], null);
            if (!name.StartsWith(Dashes, StringComparison.Ordinal))
            {
                // ASP.NET Core takes key=value and /key=value as well.
                (value is null ? words : settings).Add(args[i]);
            }
            else if (options.FirstOrDefault(option => option.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } option)
            {
                value ??= i + 1 < args.Length ? args[++i] : null;
                given.Add(value is null ? option : $"{option}={value}");
            }
            else if (name.Contains(':', StringComparison.Ordinal) || isSetting(name[Dashes.Length..]))
            {
                value ??= i + 1 < args.Length ? args[++i] : throw new SettingsException($"{name} has no value.");
                settings.Add($"{name}={value}");
            }
            else
            {
                given.Add(args[i]);
            }
        }

        return new Arguments([.. settings], [.. words, .. given]);
    }
}

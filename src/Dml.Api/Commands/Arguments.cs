using System.CommandLine;
using Dml.Api.Configuration;

namespace Dml.Api.Commands;

/// <summary>The program's arguments, sorted: settings, which ASP.NET Core reads, apart from a command and its options.</summary>
/// <remarks>
/// A setting is <c>--Section:Key=value</c> or <c>--Section:Key value</c>, as everywhere in ASP.NET Core; System.CommandLine would split it
/// at the colon. Sorting also lets settings and options stand before, between and after the words of a command.
/// </remarks>
internal sealed record Arguments(string[] Settings, string[] Command)
{
    private const string Dashes = "--";

    /// <param name="args">The arguments as given.</param>
    /// <param name="options">The options of all commands.</param>
    /// <exception cref="SettingsException">A setting has no value.</exception>
    public static Arguments Sort(string[] args, IReadOnlyCollection<Option> options)
    {
        List<string> settings = [], words = [], given = [];
        for (var i = 0; i < args.Length; i++)
        {
            var at = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = at > 0 ? args[i][..at] : args[i];
            if (!name.StartsWith(Dashes, StringComparison.Ordinal))
            {
                // ASP.NET Core takes key=value and /key=value as well.
                (at > 0 ? settings : words).Add(args[i]);
                continue;
            }

            var option = options.FirstOrDefault(option => option.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (option?.Arity.MaximumNumberOfValues == 0)
            {
                given.Add(args[i]);
                continue;
            }

            // An unknown option is refused in any case, and its value is not taken for a word of the command.
            var value = at > 0 ? args[i][(at + 1)..] : i + 1 < args.Length ? args[++i] : null;
            var isSetting = option is null && IsKey(name[Dashes.Length..]);
            if (isSetting && value is null)
            {
                throw new SettingsException($"{name} has no value.");
            }

            (isSetting ? settings : given).Add(value is null ? name : $"{option?.Name ?? name}={value}");
        }

        return new Arguments([.. settings], [.. words, .. given]);
    }

    private static bool IsKey(string name) => name.Contains(':', StringComparison.Ordinal) || PlatformKeys.Contains(name);
}

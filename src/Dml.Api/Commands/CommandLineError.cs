using System.CommandLine;
using Dml.Api.Configuration;

namespace Dml.Api.Commands;

/// <summary>Says what is wrong with a command line, and what may have been meant.</summary>
internal static class CommandLineError
{
    public static string Describe(ParseResult parsed, Command root)
    {
        var command = parsed.CommandResult.Command;
        var words = parsed.UnmatchedTokens.Where(token => !token.StartsWith('-')).ToArray();
        var options = parsed.UnmatchedTokens.Except(words).Select(token => token.Split('=')[0]).ToArray();
        // An option of another command says little when the command itself is misspelt.
        if (options.FirstOrDefault(option => words.Length == 0 || !Exists(option, root)) is { } unknown)
        {
            return UnknownOption(unknown, command);
        }

        if (words.Length > 0)
        {
            return UnknownCommand(string.Join(' ', PathOf(command, root).Concat(words)), root);
        }

        return command.Subcommands.Count > 0
            ? UnknownCommand(string.Join(' ', PathOf(command, root)), root)
            : string.Join(' ', parsed.Errors.Select(error => error.Message));
    }

    private static string UnknownOption(string option, Command command)
    {
        var known = command.Options.Where(other => other.Arity.MaximumNumberOfValues > 0).Select(other => other.Name).ToArray();
        var near = NearestName.Find(option, [.. known, .. PlatformKeys.Names.Select(key => $"--{key}")]);
        return
            $"{option} is unknown here{(near is null ? "." : $"; did you mean {near}?")} " +
            (known.Length == 0 ? "Only settings are taken." : $"Known are {string.Join(", ", known)} and settings.");
    }

    private static string UnknownCommand(string words, Command root)
    {
        var known = Leaves(root).Where(command => !command.Hidden).Select(command => string.Join(' ', PathOf(command, root))).ToArray();
        var groups = root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name).Where(name => name != words);
        var near = NearestName.Find(words, known.Concat(groups));
        return
            $"\"{words}\" is not a command{(near is null ? "." : $"; did you mean \"{near}\"?")} " +
            $"Known are: {string.Join(", ", known)}; without one the service starts.";
    }

    private static bool Exists(string option, Command command) =>
        command.Options.Any(known => known.Name == option) || command.Subcommands.Any(below => Exists(option, below));

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    private static IEnumerable<string> PathOf(Command command, Command root) =>
        command == root ? [] : [.. command.Parents.OfType<Command>().SelectMany(parent => PathOf(parent, root)), command.Name];
}

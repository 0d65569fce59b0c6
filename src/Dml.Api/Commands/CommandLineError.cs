using System.CommandLine;
using Dml.Api.Configuration;

namespace Dml.Api.Commands;

/// <summary>Says what is wrong with a command line, and what may have been meant.</summary>
internal static class CommandLineError
{
    public static string Describe(ParseResult parsed, Command root)
    {
        var unmatched = parsed.UnmatchedTokens;
        var path = PathOf(parsed.CommandResult.Command, root);
        if (unmatched.FirstOrDefault(token => token.StartsWith('-')) is { } option)
        {
            return UnknownOption(option.Split('=')[0], parsed.CommandResult.Command);
        }

        if (unmatched.Count > 0 || parsed.CommandResult.Command.Subcommands.Count > 0)
        {
            return UnknownCommand(string.Join(' ', path.Concat(unmatched)), root);
        }

        return string.Join(' ', parsed.Errors.Select(error => error.Message));
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
        var known = Leaves(root).Select(command => string.Join(' ', PathOf(command, root))).ToArray();
        var groups = root.Subcommands.Select(command => command.Name).Where(name => name != words);
        var near = NearestName.Find(words, known.Concat(groups));
        return
            $"\"{words}\" is no command{(near is null ? "." : $"; did you mean \"{near}\"?")} " +
            $"Known are: {string.Join(", ", known)}; without one the service starts.";
    }

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    private static IEnumerable<string> PathOf(Command command, Command root) =>
        command == root ? [] : [.. command.Parents.OfType<Command>().SelectMany(parent => PathOf(parent, root)), command.Name];
}

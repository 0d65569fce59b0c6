namespace Dml.Api.Commands;

/// <summary>What the program does when its first words are a command's, in place of serving.</summary>
/// <param name="Words">The words that call it.</param>
/// <param name="Options">The options it takes, each <c>--name value</c> or <c>--name=value</c>, beside every setting of the service.</param>
/// <param name="Run">Does it; the exit code.</param>
internal sealed record ServiceCommand(string Words, string[] Options, Func<CommandCall, Task<int>> Run)
{
    private static readonly ServiceCommand[] All =
    [
        new("keys create", ["name", "role", "store"], KeysCommand.CreateAsync),
        new("keys list", [], KeysCommand.ListAsync),
        new("keys revoke", ["name"], KeysCommand.RevokeAsync),
        new("backup", ["to"], BackupCommand.RunAsync),
        new("restore", ["from"], RestoreCommand.RunAsync),
        new("health", ["url"], HealthCommand.RunAsync),
    ];

    /// <summary>The command that the arguments begin with; null when they are settings alone.</summary>
    /// <exception cref="SettingsException">They begin with a word that is no command.</exception>
    public static ServiceCommand? Find(string[] args)
    {
        if (args.Length == 0 || args[0].StartsWith('-') || args[0].Contains('=', StringComparison.Ordinal))
        {
            return null;
        }

        var words = string.Join(' ', args.TakeWhile(argument => !argument.StartsWith('-')));
        return All.FirstOrDefault(command => command.Words == words)
            ?? throw new SettingsException($"\"{words}\" is no command. Known are: {string.Join(", ", All.Select(command => command.Words))}; without one the service starts.");
    }

    public Task<int> RunAsync(string[] args) => Run(CommandCall.Read(args[Words.Split(' ').Length..], Options));
}

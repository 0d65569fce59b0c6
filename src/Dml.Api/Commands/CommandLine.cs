using System.CommandLine;
using System.CommandLine.Invocation;
using System.Net.Sockets;
using System.Security.Cryptography;
using Dml.Api.Configuration;

namespace Dml.Api.Commands;

/// <summary>The program's command line: a command or, without one, the service.</summary>
internal static class CommandLine
{
    // Time for a command to remove what it has half written after Ctrl+C.
    private static readonly TimeSpan Cleanup = TimeSpan.FromMinutes(1);

    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>Runs what the arguments ask for and returns the exit code.</summary>
    /// <param name="args">The program's.</param>
    /// <param name="configure">Makes the service of some settings for a command, without endpoints.</param>
    /// <param name="build">Makes the whole service of some settings.</param>
    /// <exception cref="SettingsException">An argument is unknown or missing, or a setting cannot be used.</exception>
    public static Task<int> RunAsync(string[] args, Func<string[], WebApplication> configure, Func<string[], WebApplication> build)
    {
        string[] settings = [];
        var root = Create(() => configure(settings), () => build(settings));
        (settings, var command) = Arguments.Sort(args, OptionsOf(root));
        var parsed = root.Parse(command, Parser);
        if (parsed.Action is ParseErrorAction)
        {
            throw new SettingsException(CommandLineError.Describe(parsed, root));
        }

        return parsed.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // The service's host handles the signals itself.
            ProcessTerminationTimeout = parsed.CommandResult.Command == root ? null : Cleanup,
        });
    }

    private static RootCommand Create(Func<WebApplication> open, Func<WebApplication> build)
    {
        var root = new RootCommand(
            "The image search service. Without a command the service starts.\n\n"
                + "Every command takes the service's settings, such as --Data:Folder=/var/lib/dml/data; they may also be environment "
                + "variables\n"
                + "(Data__Folder) or entries of appsettings.json. docs/operations.md lists all settings.")
        {
            KeysCommand.Create(open),
            BackupCommand.Create(open),
            RestoreCommand.Create(open),
            HealthCommand.Create(open),
            CheckModelCommand.Create(),
        };
        root.SetAction((_, _) => ServeAsync(build));
        return root;
    }

    private static async Task<int> ServeAsync(Func<WebApplication> build)
    {
        await using var service = build();
        try
        {
            await service.StartAsync();
        }
        // What no check before the start finds.
        catch (Exception exception) when (exception is SocketException or CryptographicException
            or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" })
        {
            throw new SettingsException($"The service cannot listen on its addresses (Urls, Kestrel:Endpoints): {exception.Message}");
        }

        await service.WaitForShutdownAsync();
        return 0;
    }

    private static IReadOnlyCollection<Option> OptionsOf(Command command) =>
        [.. command.Options, .. command.Subcommands.SelectMany(OptionsOf)];
}

using System.CommandLine;

namespace Dml.Training.Commands;

/// <summary>What the verbs have in common.</summary>
internal static class Verb
{
    /// <summary>Runs the verb on a thread of the pool, so that the main thread is free to handle Ctrl+C.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="work">Reads its options from the parsed command line, does the work and returns the exit code.</param>
    public static void SetWork(this Command command, Func<ParseResult, CancellationToken, int> work) =>
        command.SetAction((line, cancel) => Task.Run(() => work(line, cancel), CancellationToken.None));
}

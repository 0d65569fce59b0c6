using System.Diagnostics;

namespace Dml.Training.Comparison;

/// <summary>
/// This program in another process: libtorch's threads, generator and allocator are per process.
/// </summary>
internal static class ChildProgram
{
    /// <summary>Runs a command and appends its output to a log.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="root">The folder that relative paths start from.</param>
    /// <param name="log">Appended to.</param>
    /// <param name="cancel">Ends the process and its children.</param>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(IEnumerable<string> arguments, string root, string log, CancellationToken cancel)
    {
        // Under `dotnet dml.dll` the process is dotnet itself and needs the assembly to run; otherwise the program is beside its
        // assembly.
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, typeof(ChildProgram).Assembly.Location]
            : [Path.Combine(AppContext.BaseDirectory, "dml")];
        using var process = new Process
        {
            StartInfo = new(program[0], [.. program[1..], .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
                WorkingDirectory = root,
            },
        };
        await using var writer = new StreamWriter(new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.Read))
        {
            AutoFlush = true,
        };
        using var gate = new SemaphoreSlim(1);
        process.Start();
        try
        {
            await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError), process.WaitForExitAsync(cancel))
                .ConfigureAwait(false);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
            {
                await gate.WaitAsync(cancel).ConfigureAwait(false);
                await writer.WriteLineAsync(line).ConfigureAwait(false);
                gate.Release();
            }
        }
    }
}

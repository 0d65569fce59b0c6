using System.Diagnostics;

namespace Dml.Training.Tests.Commands;

/// <summary>The program itself, as a process of its own that can be killed.</summary>
internal sealed class TrainProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    /// <summary>Starts <c>dml</c> in a folder.</summary>
    public TrainProcess(string folder, params string[] arguments) : this(folder, Path.Combine(AppContext.BaseDirectory, "dml"), arguments)
    {
    }

    private TrainProcess(string folder, string program, IEnumerable<string> arguments)
    {
        process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>A shell command that has <c>dml</c> as <c>$DML</c>.</summary>
    public static TrainProcess Shell(string folder, params string[] command) =>
        new(folder, command[0], [.. command[1..^1], $"DML='{Path.Combine(AppContext.BaseDirectory, "dml")}'; {command[^1]}"]);

    public bool Running => !process.HasExited;

    public int Id => process.Id;

    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int Code, string Output, string Errors)> EndAsync(CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (Running)
        {
            Kill();
        }

        process.Dispose();
    }
}

using System.Diagnostics;

namespace Dml.Training.Tests.Commands;

/// <summary>The program itself, as a process of its own that can be killed.</summary>
internal sealed class TrainProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    /// <summary>Starts <c>dml</c> in a folder.</summary>
    public TrainProcess(string folder, params string[] arguments) : this(folder, Path.Combine(AppContext.BaseDirectory, "dml"), arguments)
    {
    }

    private TrainProcess(string folder, string program, IEnumerable<string> arguments)
    {
        _process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>A shell command that has <c>dml</c> as <c>$DML</c>.</summary>
    public static TrainProcess Shell(string folder, params string[] command) =>
        new(folder, command[0], [.. command[1..^1], $"DML='{Path.Combine(AppContext.BaseDirectory, "dml")}'; {command[^1]}"]);

    public bool Running => !_process.HasExited;

    public int Id => _process.Id;

    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(TimeSpan.FromMinutes(1)), "A killed process does not end.");
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int Code, string Output, string Errors)> EndAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return (_process.ExitCode, await _output, await _errors);
    }

    public void Dispose()
    {
        if (Running)
        {
            Kill();
        }

        _process.Dispose();
    }
}

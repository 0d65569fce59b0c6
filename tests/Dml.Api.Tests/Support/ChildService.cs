using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Dml.Api.Tests.Support;

/// <summary>The service as a process of its own, which can be killed.</summary>
internal sealed class ChildService : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildService(string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Dml.Api.dll"));
        // The address is read from the log.
        foreach (var argument in arguments.Append("--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information"))
        {
            start.ArgumentList.Add(argument);
        }
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"The service ended at once:\n{Log}"));
    }

    public HttpClient Http { get; } = new();

    public ConcurrentQueue<string> Lines { get; } = [];

    public string Log => string.Join('\n', Lines);

    public static async Task<ChildService> StartAsync(string[] arguments)
    {
        var service = new ChildService(arguments);
        service._process.Start();
        service._process.BeginOutputReadLine();
        service._process.BeginErrorReadLine();
        service.Http.BaseAddress = await service._address.Task.WaitAsync(TimeSpan.FromSeconds(60));
        while ((await service.Http.GetAsync("healthz/ready")).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(50);
        }
        return service;
    }

    /// <summary>Runs the program to its end: exit code and output.</summary>
    public static async Task<(int Code, string Log)> RunAsync(string[] arguments)
    {
        await using var service = new ChildService(arguments);
        service._process.Start();
        service._process.BeginOutputReadLine();
        service._process.BeginErrorReadLine();
        await service._process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (service._process.ExitCode, service.Log);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }
        _ = _address.Task.Exception;
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }
        Lines.Enqueue(line);
        if (line.IndexOf(Listening, StringComparison.Ordinal) is var at and >= 0)
        {
            _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
        }
    }
}

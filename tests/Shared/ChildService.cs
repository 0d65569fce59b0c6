using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Dml.Tests.Shared;

/// <summary>The real service in a process of its own, which can be killed.</summary>
internal sealed class ChildService : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildService(IEnumerable<string> arguments, HttpMessageHandler? handler, IReadOnlyList<string>? before = null)
    {
        Http = new HttpClient(handler ?? new SocketsHttpHandler());
        string[] words = [.. before ?? [], Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"];
        var start = new ProcessStartInfo(words[0], words[1..])
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
        _process.Exited += (_, _) =>
            _address.TrySetException(new InvalidOperationException($"The service ended before it listened:\n{Log}"));
    }

    public HttpClient Http { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public ConcurrentQueue<string> Lines { get; } = [];

    public string Log => string.Join('\n', Lines);

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most resident memory since <see cref="ForgetPeak"/>, in bytes, on Linux.</summary>
    public long PeakResidentBytes =>
        1024 * long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    /// <summary>CPU time of all threads, in seconds.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Open files and sockets, on Linux.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    /// <summary>
    /// Starts the service with these settings and waits until it is ready. Its client sends through <paramref name="handler"/>; its command
    /// line follows the words of <paramref name="before"/>, a program that becomes the service.
    /// </summary>
    public static async Task<ChildService> StartAsync(
        IEnumerable<string> arguments, CancellationToken cancel, HttpMessageHandler? handler = null, IReadOnlyList<string>? before = null)
    {
        var service = new ChildService(arguments, handler, before);
        try
        {
            service.Begin();
            service.Http.BaseAddress = await service._address.Task.WaitAsync(Patience, cancel);
            var waited = Stopwatch.StartNew();
            while ((await service.Http.GetAsync("healthz/ready", cancel)).StatusCode != HttpStatusCode.OK)
            {
                if (waited.Elapsed > Patience)
                {
                    throw new TimeoutException($"The service is not ready after {Patience.TotalSeconds} s:\n{service.Log}");
                }

                await Task.Delay(50, cancel);
            }

            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int Code, string Log)> RunAsync(IEnumerable<string> arguments)
    {
        await using var service = new ChildService(arguments, null);
        service.Begin();
        await service._process.WaitForExitAsync().WaitAsync(Patience);
        return (service._process.ExitCode, service.Log);
    }

    /// <summary>Kills the program a given time after its start, whatever it is doing.</summary>
    public static async Task KillAtStartAsync(IEnumerable<string> arguments, TimeSpan moment)
    {
        await using var service = new ChildService(arguments, null);
        service.Begin();
        await Task.Delay(moment);
    }

    /// <summary>Measures <see cref="PeakResidentBytes"/> from here on.</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Asks it to end with SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
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

    private void Begin()
    {
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
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
            // In a JSON log the line continues after the address. 0.0.0.0 is no address to connect to.
            var address = line[(at + Listening.Length)..].Split('"')[0].Trim();
            _address.TrySetResult(new Uri(address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)));
        }
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Dml.E2E.Tests;

/// <summary>The real service, as its own process on a free port with a data folder of its own.</summary>
internal sealed partial class Service : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _data = Directory.CreateTempSubdirectory("dml-e2e-").FullName;
    private readonly Process _process;

    private Service(bool demoImport)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            // Here lie the service's wwwroot and appsettings.json as well.
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Dml.Api.dll"),
                "--Urls=http://127.0.0.1:0",
                $"--Data:Folder={_data}",
                $"--Models:Folder={Repository.Models}",
                $"--Demo:Folder={Repository.DemoDrawings}",
                $"--Demo:Import={demoImport}",
            },
        };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"The service ended before it listened:\n{_log}"));
    }

    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public static async Task<Service> StartAsync(bool demoImport, CancellationToken cancel)
    {
        var service = new Service(demoImport);
        try
        {
            service._process.Start();
            service._process.BeginOutputReadLine();
            service._process.BeginErrorReadLine();
            service.Address = await service._address.Task.WaitAsync(Patience, cancel);
            service.Http.BaseAddress = service.Address;
            await service.WaitUntilReadyAsync(cancel);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (Address is not null || !_address.Task.IsFaulted)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await Http.GetAsync("healthz/ready", cancel);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }
            if (waited.Elapsed > Patience)
            {
                throw new TimeoutException($"The service is not ready after {Patience.TotalSeconds} s:\n{_log}");
            }
            await Task.Delay(100, cancel);
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }
        lock (_log)
        {
            _log.AppendLine(line);
        }
        if (ListeningOn().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(new Uri(match.Groups["address"].Value));
        }
    }

    [GeneratedRegex(@"Now listening on: (?<address>http://\S+)")]
    private static partial Regex ListeningOn();
}

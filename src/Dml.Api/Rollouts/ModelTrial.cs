using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>
/// Loads and runs foreign networks in a process of their own with a time limit, on Linux also with a limit of memory and without sockets
/// and other programs: a file of 500 bytes can ask for any memory and compute for ever. One at a time.
/// </summary>
internal sealed class ModelTrial(
    IOptions<ModelOptions> options, IHostApplicationLifetime lifetime, ILogger<ModelTrial> log) : IDisposable
{
    private const int ErrorCharacters = 2000;
    // A verdict is a line; what libraries write before it is not needed.
    private const int OutputCharacters = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Tries an embedder.</summary>
    /// <returns>Null, or why it cannot be used.</returns>
    public Task<Refusal?> TryAsync(string folder, CancellationToken cancel) => RunAsync(folder, null, null, cancel);

    /// <summary>Adopts a network into a folder, and tries the result.</summary>
    /// <returns>Null, or why it cannot be used.</returns>
    public Task<Refusal?> AdoptAsync(string network, string folder, AdoptionRequest adoption, CancellationToken cancel) =>
        RunAsync(folder, network, adoption, cancel);

    public void Dispose() => _turn.Dispose();

    private async Task<Refusal?> RunAsync(string folder, string? network, AdoptionRequest? adoption, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        try
        {
            await _turn.WaitAsync(end.Token);
            try
            {
                // Several cores, so that a trial within its time is never ended for the work of its threads.
                var processor = (long)options.Value.TrialSeconds * Environment.ProcessorCount;
                var arguments = TrialArguments.Of(folder, options.Value.TrialBytes, processor, network, adoption);
                return await RunAsync([.. arguments], end.Token) is not { } verdict ? Ended()
                    : verdict.Problem is not { } problem ? null
                    : new Refusal(
                        verdict.IsQuestion ? ProblemCode.AdoptionQuestion : ProblemCode.BadEmbedder,
                        WithoutFolders(problem, folder, network));
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (TimeoutException)
        {
            return new Refusal(
                ProblemCode.BadEmbedder,
                $"The trial of the network took more than {options.Value.TrialSeconds} seconds (Models:TrialSeconds) and was ended.");
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new Refusal(ProblemCode.Busy, "The service is stopping. Send it again in a moment.");
        }
    }

    private Refusal Ended() => new(
        ProblemCode.BadEmbedder,
        $"The network ended the process that tried it. It may need more than {options.Value.TrialBytes >> 20} MiB (Models:TrialBytes).");

    // Its messages contain paths, which callers must not see.
    private static string WithoutFolders(string message, string folder, string? network)
    {
        foreach (var path in new[] { Path.GetDirectoryName(network), folder, Path.GetDirectoryName(folder) })
        {
            message = path is null ? message : message
                .Replace(path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
                .Replace(path, "its folder", StringComparison.Ordinal);
        }

        return message;
    }

    private async Task<TrialVerdict?> RunAsync(string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(
            DotnetHost.Path, [Path.Combine(AppContext.BaseDirectory, $"{typeof(ModelTrial).Assembly.GetName().Name}.dll"), .. arguments])
        {
            // Kept open as long as this process lives; nothing is written.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Its socket and its threads are of no use there.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        try
        {
            var output = ReadEndAsync(process.StandardOutput, cancel);
            var errors = ReadEndAsync(process.StandardError, cancel);
            await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(options.Value.TrialSeconds), cancel);
            if (process.ExitCode == 0 && Read(await output) is { } verdict)
            {
                return verdict;
            }

            var said = await errors;
            log.LogWarning(
                "The trial of an embedder ended with code {Code}: {Errors}",
                process.ExitCode, said.Length > ErrorCharacters ? said[..ErrorCharacters] : said);
            return null;
        }
        catch
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    private static async Task<string> ReadEndAsync(StreamReader reader, CancellationToken cancel)
    {
        var end = new StringBuilder();
        var buffer = new char[4096];
        for (int read; (read = await reader.ReadAsync(buffer, cancel)) > 0;)
        {
            end.Append(buffer, 0, read);
            if (end.Length > 2 * OutputCharacters)
            {
                end.Remove(0, end.Length - OutputCharacters);
            }
        }

        return end.ToString();
    }

    // The last line: native libraries may write others.
    private static TrialVerdict? Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<TrialVerdict>(output.TrimEnd().Split('\n')[^1]);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

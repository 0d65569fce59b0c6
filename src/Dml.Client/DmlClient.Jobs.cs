using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets all jobs, newest first.</summary>
    public Task<Job[]> JobsAsync(CancellationToken cancel = default) => GetAsync<Job[]>("jobs", cancel);

    /// <summary>Gets a job; null when there is none.</summary>
    public Task<Job?> FindJobAsync(string id, CancellationToken cancel = default) => OrNullAsync(GetAsync<Job>($"jobs/{At(id)}", cancel));

    /// <summary>Requests cancellation of a job.</summary>
    public Task<Job> CancelJobAsync(string id, CancellationToken cancel = default) =>
        SendAsync<Job>(HttpMethod.Delete, $"jobs/{At(id)}", null, cancel);

    /// <summary>Yields a job now and after each change, until it has ended.</summary>
    public async IAsyncEnumerable<Job> WatchJobAsync(string id, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"jobs/{At(id)}/events", null, cancel).ConfigureAwait(false);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var events = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<Job>(data, Json)!);
        await foreach (var change in events.EnumerateAsync(cancel).ConfigureAwait(false))
        {
            yield return change.Data;
        }
    }

    /// <summary>Waits until a job has ended.</summary>
    public async Task<Job> WaitForJobAsync(string id, CancellationToken cancel = default)
    {
        while (true)
        {
            await foreach (var job in WatchJobAsync(id, cancel).ConfigureAwait(false))
            {
                if (job.HasEnded)
                {
                    return job;
                }
            }

            // Something on the way ended the stream before the job did.
            await Task.Delay(Pause, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Imports a zip or tar archive; the label of a picture is the name of its folder.</summary>
    public async Task<Job> ImportAsync(Stream archive, CancellationToken cancel = default)
    {
        using var body = new StreamContent(archive);
        return await SendAsync<Job>(HttpMethod.Post, "imports", body, cancel).ConfigureAwait(false);
    }

    /// <summary>Starts a backup; the result of the completed job names it.</summary>
    public Task<Job> BackUpAsync(CancellationToken cancel = default) => SendAsync<Job>(HttpMethod.Post, "backups", null, cancel);

    /// <summary>Imports a folder of the service's machine, below one of its import roots.</summary>
    public async Task<Job> ImportFolderAsync(string folder, CancellationToken cancel = default)
    {
        using var body = JsonContent.Create(new ImportRequest(folder), options: Json);
        return await SendAsync<Job>(HttpMethod.Post, "imports", body, cancel).ConfigureAwait(false);
    }
}

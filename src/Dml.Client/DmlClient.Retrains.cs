using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    /// <summary>Starts a retrain; the result of its job says how it ended.</summary>
    public Task<Job> RetrainAsync(CancellationToken cancel = default) => SendAsync<Job>(HttpMethod.Post, "retrain", null, cancel);

    /// <summary>Gets all retrains, newest first.</summary>
    public Task<RetrainResponse[]> RetrainsAsync(CancellationToken cancel = default) => GetAsync<RetrainResponse[]>("retrains", cancel);

    /// <summary>Gets a retrain; null when there is none.</summary>
    public Task<RetrainResponse?> FindRetrainAsync(string id, CancellationToken cancel = default) =>
        OrNullAsync(GetAsync<RetrainResponse>($"retrains/{At(id)}", cancel));

    /// <summary>Gets the report of a retrain, an HTML page; null when there is none.</summary>
    public Task<string?> RetrainReportAsync(string id, CancellationToken cancel = default) => OrNullAsync<string>(ReportAsync(id, cancel));

    /// <summary>Gives feedback on a hit; the next retrain learns from it.</summary>
    /// <param name="query">An item's id, or <c>sha256:</c> and the hash of an item's picture.</param>
    /// <param name="hit">An item's id.</param>
    /// <param name="right">Whether the two belong together.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task GiveFeedbackAsync(string query, string hit, bool right, CancellationToken cancel = default)
    {
        using var body = JsonContent.Create(new FeedbackRequest(query, hit, right), options: Json);
        using var answer = await SendAsync(HttpMethod.Post, "feedback", body, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Gives feedback on a hit of a picture that is not an item; the service keeps the picture as long as the feedback stands.
    /// </summary>
    /// <param name="picture">The bytes of the file.</param>
    /// <param name="hit">An item's id.</param>
    /// <param name="right">Whether the two belong together.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="DmlException">The service keeps no pictures, or no more.</exception>
    public Task<FeedbackPicture> GiveFeedbackAsync(
        ReadOnlyMemory<byte> picture, string hit, bool right, CancellationToken cancel = default) =>
        SendAsync<FeedbackPicture>(
            HttpMethod.Post, $"feedback/picture?hit={At(hit)}&right={(right ? "true" : "false")}", Bytes(picture), cancel);

    /// <summary>All feedback, fetched page by page.</summary>
    public async IAsyncEnumerable<FeedbackEntry> FeedbackAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        string? cursor = null;
        do
        {
            var page = await GetAsync<FeedbackPage>($"feedback?limit=1000{Part("cursor", cursor)}", cancel).ConfigureAwait(false);
            foreach (var entry in page.Feedback)
            {
                yield return entry;
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    /// <summary>Takes the feedback on two pictures back; false when there is none.</summary>
    /// <param name="one">An item's id, or <c>sha256:</c> and the hash of a picture.</param>
    /// <param name="other">The same of the other one, in either order.</param>
    /// <param name="cancel">Stops waiting.</param>
    public Task<bool> TakeFeedbackBackAsync(string one, string other, CancellationToken cancel = default) =>
        DeletedAsync($"feedback/{At(one)}/{At(other)}", cancel);

    /// <summary>Takes all feedback on a picture back, and deletes it if it was kept for that; false when there is none.</summary>
    /// <param name="picture">An item's id, or <c>sha256:</c> and the hash of a picture.</param>
    /// <param name="cancel">Stops waiting.</param>
    public Task<bool> TakeFeedbackBackAsync(string picture, CancellationToken cancel = default) =>
        DeletedAsync($"feedback/{At(picture)}", cancel);

    /// <summary>Gets when the service learns next, and the feedback so far.</summary>
    public Task<LearningResponse> LearningAsync(CancellationToken cancel = default) => GetAsync<LearningResponse>("learning", cancel);

    private async Task<string> ReportAsync(string id, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"retrains/{At(id)}/report", null, cancel).ConfigureAwait(false);
        return await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
    }
}

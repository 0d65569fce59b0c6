using System.Net.Http.Json;
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

    private async Task<string> ReportAsync(string id, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"retrains/{At(id)}/report", null, cancel).ConfigureAwait(false);
        return await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
    }
}

using System.Globalization;
using System.Net.Http.Json;
using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    /// <summary>Searches by picture.</summary>
    /// <param name="picture">A JPEG, PNG, WebP, GIF, AVIF or TIFF file.</param>
    /// <param name="options">Options; null for ten hits among all items.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<SearchResponse> SearchAsync(
        ReadOnlyMemory<byte> picture, SearchOptions? options = null, CancellationToken cancel = default)
    {
        using var body = Bytes(picture);
        return await SendAsync<SearchResponse>(HttpMethod.Post, "search" + Query(options), body, cancel).ConfigureAwait(false);
    }

    /// <summary>Searches by several examples, pictures and items.</summary>
    /// <param name="examples">At least one picture or liked item.</param>
    /// <param name="options">Options; null for ten hits among all items.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<SearchResponse> SearchAsync(
        SearchExamples examples, SearchOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using var form = new MultipartFormDataContent();
        foreach (var picture in examples.Pictures)
        {
            form.Add(Bytes(picture), "image", "picture");
        }

        foreach (var id in examples.Likes)
        {
            form.Add(new StringContent(id), "like");
        }

        foreach (var id in examples.Dislikes)
        {
            form.Add(new StringContent(id), "dislike");
        }

        return await SendAsync<SearchResponse>(HttpMethod.Post, "search" + Query(options), form, cancel).ConfigureAwait(false);
    }

    /// <summary>Searches by vector, which must have the active embedder's dimension and a length other than zero.</summary>
    public async Task<SearchResponse> SearchVectorAsync(float[] vector, SearchOptions? options = null, CancellationToken cancel = default)
    {
        using var body = JsonContent.Create(new VectorQuery(vector), options: Json);
        return await SendAsync<SearchResponse>(HttpMethod.Post, "search/vector" + Query(options), body, cancel).ConfigureAwait(false);
    }

    /// <summary>Finds items similar to an item, which is omitted.</summary>
    public Task<SearchResponse> SimilarAsync(string id, SearchOptions? options = null, CancellationToken cancel = default) =>
        GetAsync<SearchResponse>($"items/{At(id)}/similar{Query(options)}", cancel);

    /// <summary>Embeds a picture.</summary>
    public Task<EmbedResponse> EmbedAsync(ReadOnlyMemory<byte> picture, CancellationToken cancel = default) =>
        EmbedAsync(picture, null, cancel);

    /// <summary>Embeds a part of a picture, or the whole of it.</summary>
    public async Task<EmbedResponse> EmbedAsync(ReadOnlyMemory<byte> picture, SearchRegion? region, CancellationToken cancel = default)
    {
        using var body = Bytes(picture);
        var query = region is null ? "" : "?" + region.ToParameter();
        return await SendAsync<EmbedResponse>(HttpMethod.Post, "embed" + query, body, cancel).ConfigureAwait(false);
    }

    private static string Query(SearchOptions? options)
    {
        var parts = new List<string>();
        if (options?.K is { } k)
        {
            parts.Add($"k={k}");
        }

        if (options?.MinScore is { } score)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"minScore={score:R}"));
        }

        if (options?.Filter is { } filter)
        {
            parts.Add($"filter={Uri.EscapeDataString(filter)}");
        }

        if (options?.Effort is { } effort)
        {
            parts.Add($"effort={effort}");
        }

        if (options?.Region is { } region)
        {
            parts.Add(region.ToParameter());
        }

        if (options?.Generation is { } generation)
        {
            parts.Add($"generation={generation}");
        }

        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}

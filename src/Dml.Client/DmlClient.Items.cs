using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Contracts;

namespace Dml.Client;

public sealed partial class DmlClient
{
    /// <summary>Adds an item, or replaces the one with this id. When the call returns, the item is durable and searches find it.</summary>
    public Task<Item> PutItemAsync(
        string id, ReadOnlyMemory<byte> picture, ItemFields? fields = null, CancellationToken cancel = default) =>
        PutItemAsync(id, picture, fields, null, cancel);

    /// <summary>Does the same if a condition holds: that there is no such item, or that it has not changed.</summary>
    /// <exception cref="DmlException">The condition does not hold.</exception>
    public async Task<Item> PutItemAsync(
        string id, ReadOnlyMemory<byte> picture, ItemFields? fields, ItemMatch? match, CancellationToken cancel = default)
    {
        using var form = Form(picture, fields);
        return await SendAsync<Item>(HttpMethod.Put, $"items/{At(id)}", form, cancel, match).ConfigureAwait(false);
    }

    /// <summary>Adds an item; the service chooses its id.</summary>
    public async Task<Item> AddItemAsync(ReadOnlyMemory<byte> picture, ItemFields? fields = null, CancellationToken cancel = default)
    {
        using var form = Form(picture, fields);
        return await SendAsync<Item>(HttpMethod.Post, "items", form, cancel).ConfigureAwait(false);
    }

    /// <summary>Gets an item; null when there is none.</summary>
    public Task<Item?> FindItemAsync(string id, CancellationToken cancel = default) =>
        OrNullAsync(GetAsync<Item>($"items/{At(id)}", cancel));

    /// <summary>
    /// Changes label and attributes by a JSON merge patch (RFC 7396), such as
    /// <c>{"label":null,"attributes":{"set":"noto"}}</c>.
    /// </summary>
    public Task<Item> PatchItemAsync(string id, JsonObject patch, CancellationToken cancel = default) =>
        PatchItemAsync(id, patch, null, cancel);

    /// <summary>Does the same if the item has not changed.</summary>
    /// <exception cref="DmlException">The condition does not hold.</exception>
    public async Task<Item> PatchItemAsync(string id, JsonObject patch, ItemMatch? match, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(patch);
        using var body = new StringContent(patch.ToJsonString(), new MediaTypeHeaderValue("application/merge-patch+json"));
        return await SendAsync<Item>(HttpMethod.Patch, $"items/{At(id)}", body, cancel, match).ConfigureAwait(false);
    }

    /// <summary>Deletes an item; false when there is none.</summary>
    public Task<bool> DeleteItemAsync(string id, CancellationToken cancel = default) => DeletedAsync($"items/{At(id)}", cancel);

    /// <summary>Deletes an item if it has not changed.</summary>
    /// <exception cref="DmlException">The condition does not hold.</exception>
    public Task<bool> DeleteItemAsync(string id, ItemMatch match, CancellationToken cancel = default) =>
        DeletedAsync($"items/{At(id)}", cancel, match);

    /// <summary>All items, or those with a label, in the order in which they were added; fetched page by page.</summary>
    public IAsyncEnumerable<Item> ItemsAsync(string? label = null, CancellationToken cancel = default) =>
        ItemsAsync(label, filter: null, cancel);

    /// <summary>The items that match a filter, such as <c>label~apple</c>, in the order in which they were added.</summary>
    public IAsyncEnumerable<Item> MatchingItemsAsync(string filter, CancellationToken cancel = default) =>
        ItemsAsync(label: null, filter, cancel);

    /// <summary>All labels, or those that begin with a text, in the order of the alphabet; fetched page by page.</summary>
    public async IAsyncEnumerable<LabelCount> LabelsAsync(
        string? prefix = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        string? cursor = null;
        do
        {
            var page = await GetAsync<LabelPage>(
                $"labels?limit=1000{Part("prefix", prefix)}{Part("cursor", cursor)}", cancel).ConfigureAwait(false);
            foreach (var label in page.Labels)
            {
                yield return label;
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    private async IAsyncEnumerable<Item> ItemsAsync(
        string? label, string? filter, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? cursor = null;
        do
        {
            var page = await GetAsync<ItemPage>(
                $"items?limit=1000{Part("label", label)}{Part("filter", filter)}{Part("cursor", cursor)}", cancel).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    /// <summary>Gets an item's picture as it was uploaded.</summary>
    public async Task<byte[]> ImageAsync(string id, CancellationToken cancel = default)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"items/{At(id)}/image", null, cancel).ConfigureAwait(false);
        return await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
    }

    private static string Part(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static MultipartFormDataContent Form(ReadOnlyMemory<byte> picture, ItemFields? fields)
    {
        var form = new MultipartFormDataContent { { Bytes(picture), "image", "picture" } };
        if (fields?.Label is { } label)
        {
            form.Add(new StringContent(label), "label");
        }

        if (fields?.Attributes is { } attributes)
        {
            form.Add(new StringContent(JsonSerializer.Serialize(attributes, Json)), "attributes");
        }

        return form;
    }
}

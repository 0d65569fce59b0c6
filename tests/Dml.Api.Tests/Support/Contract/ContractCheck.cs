using System.Net;
using System.Text.Json.Nodes;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Support.Contract;

/// <summary>
/// Stands between every test and the service: an answer that the OpenAPI document does not describe, by status, content
/// type, members or problem code, fails the test.
/// </summary>
internal sealed class ContractCheck : DelegatingHandler
{
    private static ContractDocument? _document;

    private ContractCheck(HttpMessageHandler inner)
        : base(inner)
    {
    }

    public static ContractCheck Create() => new(new SocketsHttpHandler());

    /// <summary>Fails when a value that came in a stream does not fit the document's schema of this name.</summary>
    public static void Check(JsonNode value, string schema)
    {
        var faults = new SchemaCheck(_document!.Schemas).Faults(value, _document.Schemas[schema]!.AsObject());
        Assert.True(faults.Count == 0, string.Join("; ", faults));
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        var document = await DocumentAsync(request.RequestUri!, cancellationToken);
        var (isKnown, operation) = document.Find(request.Method.Method, request.RequestUri!.AbsolutePath);
        // HEAD is GET without its body; the document describes the body.
        if (!isKnown || request.Method == HttpMethod.Head)
        {
            return answer;
        }

        var call = $"{request.Method} {request.RequestUri.PathAndQuery} answered {(int)answer.StatusCode}";
        if (operation is null)
        {
            Assert.True(answer.StatusCode == HttpStatusCode.MethodNotAllowed, $"{call}, and the document does not know the method");
            return answer;
        }

        await CheckAsync(answer, operation, document, call, cancellationToken);
        return answer;
    }

    private static async Task CheckAsync(
        HttpResponseMessage answer, JsonObject operation, ContractDocument document, string call, CancellationToken cancel)
    {
        var described = operation["responses"]![$"{(int)answer.StatusCode}"];
        Assert.True(described is not null, $"{call}, which the document does not describe");
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (described["content"] is not JsonObject { Count: > 0 } contents)
        {
            Assert.True(type is null, $"{call} with {type}; the document describes no body");
            return;
        }

        var content = type is null ? null : contents[type];
        Assert.True(
            content is not null, $"{call} with {type}; the document describes {string.Join(", ", contents.Select(pair => pair.Key))}");
        if (!type!.EndsWith("json", StringComparison.Ordinal))
        {
            return;
        }

        await answer.Content.LoadIntoBufferAsync(cancel);
        var value = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel));
        var faults = new SchemaCheck(document.Schemas).Faults(value, content["schema"]!.AsObject());
        Assert.True(faults.Count == 0, $"{call}: {string.Join("; ", faults)}");
        if (type == "application/problem+json")
        {
            var code = (string)value!["code"]!;
            Assert.True(
                content["examples"]!.AsObject().ContainsKey(code), $"{call} with the code {code}, which the document does not name");
        }
    }

    // One document for all: services differ in the examples alone.
    // A service without a free place refuses it.
    private async Task<ContractDocument> DocumentAsync(Uri called, CancellationToken cancel) =>
        _document ??= (await Eventually.SeeAsync(
            () => ReadAsync(called, cancel), document => document is not null, "the OpenAPI document", cancel))!;

    private async Task<ContractDocument?> ReadAsync(Uri called, CancellationToken cancel)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(called, "/swagger/v1/swagger.json"));
        using var answer = await base.SendAsync(ask, cancel);
        return answer.IsSuccessStatusCode
            ? new ContractDocument(JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!.AsObject())
            : null;
    }
}

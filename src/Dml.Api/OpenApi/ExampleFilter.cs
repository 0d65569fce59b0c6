using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Imports;
using Dml.Api.Jobs;
using Dml.Api.Security;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Adds examples that work when they are sent unchanged: an existing item and job, a vector of the active dimension.</summary>
internal sealed class ExampleFilter(
    GenerationRegistry generations,
    SqliteCatalogue catalogue,
    JobBoard jobs,
    KeyRing keys,
    IOptions<ImportOptions> imports,
    IOptions<ModelOptions> models,
    IOptions<JsonOptions> json
) : IOperationAsyncFilter
{
    private const string FirstDemoItem = "noto.red-apple";
    private const int UnknownDimension = 4;

    public async Task ApplyAsync(OpenApiOperation operation, OperationFilterContext context, CancellationToken cancellationToken)
    {
        // The document is public: when calls need keys, it must not reveal what only their holders may read.
        var isOpen = !keys.IsRequired;
        var items = isOpen ? await catalogue.ListAsync(null, after: 0, limit: 2, cancellationToken) : [];
        var item = items.Count > 0 ? items[0].Id : FirstDemoItem;
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Example = Parameter(parameter.Name, context.ApiDescription.RelativePath ?? "", item);
        }

        foreach (var type in context.ApiDescription.SupportedResponseTypes)
        {
            AddAnswer(operation, type.StatusCode, AnswerExamples.Of(type.Type));
        }

        var body = context.ApiDescription.RelativePath switch
        {
            "search/vector" => Vector(),
            "items/{id}" when context.ApiDescription.HttpMethod == "PATCH" => new JsonObject
            {
                ["label"] = "red-apple",
                ["attributes"] = new JsonObject { ["price"] = 3 },
            },
            "feedback" => new JsonObject
            {
                ["query"] = item,
                ["hit"] = items.Count > 1 ? items[1].Id : "noto.green-apple",
                ["right"] = true,
            },
            "imports" => new JsonObject { ["folder"] = isOpen && imports.Value.Roots is [var first, ..] ? first : "/pictures" },
            _ => null,
        };
        if (body is not null && operation.RequestBody?.Content is { } content)
        {
            foreach (
                var media in content
                    .Where(pair => pair.Key.EndsWith("json", StringComparison.Ordinal))
                    .Select(pair => pair.Value)
                    .OfType<OpenApiMediaType>())
            {
                media.Example = body.DeepClone();
            }
        }
    }

    private void AddAnswer(OpenApiOperation operation, int status, object? example)
    {
        if (example is null || operation.Responses?.GetValueOrDefault($"{status}") is not OpenApiResponse { Content: { } content } response)
        {
            return;
        }

        foreach (var media in content.Values.OfType<OpenApiMediaType>())
        {
            media.Example = JsonSerializer.SerializeToNode(example, json.Value.SerializerOptions);
        }

        if (status is 201 or 202)
        {
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Location"] = new OpenApiHeader
                {
                    Description = "URL of the resource.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        }
    }

    private JsonValue? Parameter(string? name, string path, string item) => name switch
    {
        "id" when path.StartsWith("items/", StringComparison.Ordinal) => JsonValue.Create(item),
        "id" when path.StartsWith("retrains/", StringComparison.Ordinal) => null,
        "id" => !keys.IsRequired && jobs.All is { Count: > 0 } all ? JsonValue.Create(all[0].Id) : null,
        "query" or "picture" or "hit" when path.StartsWith("feedback", StringComparison.Ordinal) => JsonValue.Create(item),
        "k" => JsonValue.Create(10),
        "limit" => JsonValue.Create(20),
        "size" => JsonValue.Create(160),
        "name" when path.StartsWith("backups/", StringComparison.Ordinal) => JsonValue.Create("dml-20260131-120000-000.tar"),
        "name" => JsonValue.Create(models.Value.Active),
        "number" => JsonValue.Create(generations.Active?.Number ?? 1),
        _ => null,
    };

    private JsonObject Vector()
    {
        var vector = new JsonArray();
        for (var i = 0; i < (generations.Active?.Dimension ?? UnknownDimension); i++)
        {
            vector.Add(i == 0 ? 1 : 0);
        }

        return new JsonObject { ["vector"] = vector };
    }
}

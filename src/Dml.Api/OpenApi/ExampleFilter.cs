using System.Text.Json.Nodes;
using Dml.Api.Models;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Examples that work when they are sent as they stand: they fit the demo catalogue and the active embedder.</summary>
internal sealed class ExampleFilter(Generations generations) : IOperationFilter
{
    private const int UnknownDimension = 4;

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Example = Parameter(parameter.Name, context.ApiDescription.RelativePath ?? "");
        }
        var body = context.ApiDescription.RelativePath switch
        {
            "search/vector" => Vector(),
            "items/{id}" when context.ApiDescription.HttpMethod == "PATCH" =>
                new JsonObject { ["label"] = "red-apple", ["attributes"] = new JsonObject { ["price"] = 3 } },
            _ => null,
        };
        if (body is not null && operation.RequestBody?.Content is { } content)
        {
            foreach (var media in content.Values.OfType<OpenApiMediaType>())
            {
                media.Example = body.DeepClone();
            }
        }
    }

    private static JsonValue? Parameter(string? name, string path) => name switch
    {
        "id" when path.StartsWith("items/", StringComparison.Ordinal) => JsonValue.Create("noto.red-apple"),
        "k" => JsonValue.Create(10),
        "limit" => JsonValue.Create(20),
        "size" => JsonValue.Create(160),
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

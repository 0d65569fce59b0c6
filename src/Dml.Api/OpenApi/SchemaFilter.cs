using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>
/// Describes what the serializer does: all members of a response are present, null or not, and problem details have a code.
/// </summary>
internal sealed class SchemaFilter : ISchemaFilter
{
    private static readonly string[] ProblemMembers = ["type", "title", "status", "detail", "code", Http.ProblemType.RequestMember];

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties.Count: > 0 } described)
        {
            return;
        }

        if (context.Type == typeof(ProblemDetails))
        {
            described.Properties = ProblemMembers.ToDictionary(
                name => name,
                IOpenApiSchema (name) => new OpenApiSchema { Type = name == "status" ? JsonSchemaType.Integer : JsonSchemaType.String });
            described.AdditionalPropertiesAllowed = false;
            described.AdditionalProperties = null;
        }

        described.Required = described.Properties.Keys.ToHashSet();
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Dml.Api.OpenApi;

/// <summary>Serves the OpenAPI document at /swagger/v1/swagger.json and Swagger UI at /swagger.</summary>
internal static class OpenApiSetup
{
    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "Dml",
                Version = "v1",
                Description = "Image search. Errors are RFC 9457 problem details with a stable `code`.",
            });
            options.OperationFilter<PictureBodyFilter>();
            options.OperationFilter<UploadBodyFilter>();
            options.OperationFilter<ProblemFilter>();
            options.OperationFilter<KeyFilter>();
            KeyFilter.AddSchemes(options);
            options.OperationAsyncFilter<ExampleFilter>();
            options.DocumentFilter<TagFilter>();
            options.SchemaFilter<SchemaFilter>();
            options.MapType<JsonElement>(Attributes);
            options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true });
            options.SupportNonNullableReferenceTypes();
            // Otherwise references could not be nullable, and some are.
            options.UseAllOfToExtendReferenceSchemas();
        });
    }

    public static void UseOpenApiDocument(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "Dml: the API";
            options.SwaggerEndpoint("v1/swagger.json", "Dml v1");
            options.DisplayRequestDuration();
            options.EnableTryItOutByDefault();
        });
    }

    // JsonElement stands for attributes only.
    private static OpenApiSchema Attributes() => new()
    {
        Type = JsonSchemaType.Object,
        AdditionalProperties = new OpenApiSchema
        {
            OneOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.String },
                new OpenApiSchema { Type = JsonSchemaType.Number },
                new OpenApiSchema { Type = JsonSchemaType.Boolean },
            ],
        },
    };
}

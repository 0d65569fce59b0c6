using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Dml.Api.OpenApi;

/// <summary>The OpenAPI document at /swagger/v1/swagger.json and the Swagger page at /swagger.</summary>
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
            options.OperationAsyncFilter<ExampleFilter>();
            options.MapType<JsonElement>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
            options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
            options.SupportNonNullableReferenceTypes();
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
}

using Dml.Api.Security;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Documents the role that a call requires, and makes the Authorize button of Swagger UI send a key.</summary>
internal sealed class KeyFilter : IOperationFilter
{
    private const string HeaderScheme = "ApiKey";
    private const string BearerScheme = "Bearer";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.ApiDescription.RequiredRole() is not { } role)
        {
            return;
        }
        // Two alternative requirements: either header is sufficient.
        operation.Security =
        [
            new() { [new OpenApiSecuritySchemeReference(HeaderScheme, context.Document)] = [] },
            new() { [new OpenApiSecuritySchemeReference(BearerScheme, context.Document)] = [] },
        ];
        operation.Description = $"{operation.Description}\n\nRole: `{role.ToString().ToLowerInvariant()}`.".Trim();
    }

    public static void AddSchemes(SwaggerGenOptions options)
    {
        const string What = "A key created by `keys create`. A service without keys requires none.";
        options.AddSecurityDefinition(
            HeaderScheme,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = KeyIdentity.Header,
                Description = What,
            }
        );
        options.AddSecurityDefinition(
            BearerScheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = What });
    }
}

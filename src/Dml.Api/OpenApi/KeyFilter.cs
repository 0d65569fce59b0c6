using Dml.Api.Security;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Says which role a call needs, and lets the page's Authorize button send a key.</summary>
internal sealed class KeyFilter : IOperationFilter
{
    private const string HeaderScheme = "ApiKey";
    private const string BearerScheme = "Bearer";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.ApiDescription.RoleNeeded() is not { } role)
        {
            return;
        }
        // Either of the two is enough, hence two requirements.
        operation.Security =
        [
            new() { [new OpenApiSecuritySchemeReference(HeaderScheme, context.Document)] = [] },
            new() { [new OpenApiSecuritySchemeReference(BearerScheme, context.Document)] = [] },
        ];
        operation.Description = $"{operation.Description}\n\nRole: `{role.ToString().ToLowerInvariant()}`.".Trim();
    }

    public static void AddSchemes(SwaggerGenOptions options)
    {
        const string What = "A key made by `keys create`. A service without keys asks for none.";
        options.AddSecurityDefinition(
            HeaderScheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = KeyIdentity.Header, Description = What });
        options.AddSecurityDefinition(
            BearerScheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = What });
    }
}

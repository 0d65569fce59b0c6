using System.Text.Json.Nodes;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Describes every refusal of an endpoint: a response for each status, an example for each code.</summary>
internal sealed class ProblemFilter : IOperationFilter
{
    public const string MediaType = "application/problem+json";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemDetails), context.SchemaRepository);
        foreach (var group in CodesOf(operation, context).GroupBy(code => code.Status).OrderBy(group => group.Key))
        {
            var examples = group.ToDictionary(
                code => code.Code,
                IOpenApiExample (code) => new OpenApiExample { Summary = code.Title, Value = Example(code) });
            operation.Responses![$"{group.Key}"] = new OpenApiResponse
            {
                Description = string.Join("; ", group.Select(code => $"`{code.Code}`: {code.Title}")),
                Content = new Dictionary<string, OpenApiMediaType> { [MediaType] = new() { Schema = schema, Examples = examples } },
                Headers = HeadersOf(group.Key),
            };
        }

        var sorted = new OpenApiResponses();
        foreach (var (status, response) in operation.Responses!.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            sorted[status] = response;
        }

        operation.Responses = sorted;
    }

    private static IEnumerable<ProblemCode> CodesOf(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var codes = metadata.OfType<Refusals>().SelectMany(refusals => refusals.Codes).ToHashSet();
        // What the web server and the layers before every endpoint answer with.
        codes.Add(ProblemCode.BadRequest);
        codes.Add(ProblemCode.Internal);
        codes.Add(ProblemCode.DamagedCatalogue);
        if (!context.ApiDescription.IsProbe())
        {
            codes.Add(ProblemCode.TooManyRequests);
            codes.Add(ProblemCode.Busy);
        }

        if (metadata.OfType<LongLived>().FirstOrDefault() is null)
        {
            codes.Add(ProblemCode.TimedOut);
        }

        if (context.ApiDescription.RoleNeeded() is { } role)
        {
            codes.UnionWith(role > Role.Search ? [ProblemCode.KeyMissing, ProblemCode.KeyUnknown, ProblemCode.RoleTooLow] : [ProblemCode.KeyMissing, ProblemCode.KeyUnknown]);
        }

        if (context.ApiDescription.HttpMethod != "GET")
        {
            codes.Add(ProblemCode.ForeignOrigin);
            codes.Add(ProblemCode.DiskFull);
        }

        if (operation.RequestBody is { } body)
        {
            codes.Add(ProblemCode.TooLarge);
            codes.Add(ProblemCode.TooSlow);
            if (body.Content?.ContainsKey("application/json") == true)
            {
                codes.Add(ProblemCode.UnsupportedMediaType);
            }
        }

        return codes.OrderBy(code => code.Code, StringComparer.Ordinal);
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) => status is not (429 or 503) ? null : new()
    {
        ["Retry-After"] = new OpenApiHeader { Description = "Seconds to wait.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
    };

    private static JsonObject Example(ProblemCode code) => new()
    {
        ["type"] = $"urn:dml:problem:{code.Code}",
        ["title"] = code.Title,
        ["status"] = code.Status,
        ["detail"] = "What was expected, what came and what to do.",
        ["code"] = code.Code,
        [ProblemCode.RequestMember] = "4bf92f3577b34da6a3ce929d0e0e4736",
    };
}

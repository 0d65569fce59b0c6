using System.Text.Json.Nodes;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Describes the errors of an endpoint: a response for each status and an example for each code.</summary>
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

    private static IEnumerable<ProblemType> CodesOf(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var codes = metadata.OfType<Refusals>().SelectMany(refusals => refusals.Types).ToHashSet();
        // Errors from the web server and from the middleware in front of every endpoint.
        codes.Add(ProblemType.BadRequest);
        codes.Add(ProblemType.Internal);
        codes.Add(ProblemType.DamagedCatalogue);
        codes.Add(ProblemType.DiskFailed);
        codes.Add(ProblemType.BadParameter);
        codes.Add(ProblemType.ForeignOrigin);
        if (!context.ApiDescription.IsProbe())
        {
            codes.Add(ProblemType.TooManyRequests);
            codes.Add(ProblemType.Busy);
        }

        if (metadata.OfType<LongLived>().FirstOrDefault() is null)
        {
            codes.Add(ProblemType.TimedOut);
        }

        if (context.ApiDescription.RequiredRole() is { } role)
        {
            codes.UnionWith(
                role > Role.Search
                    ? [ProblemType.KeyMissing, ProblemType.KeyUnknown, ProblemType.KeyExpired, ProblemType.RoleTooLow]
                    : [ProblemType.KeyMissing, ProblemType.KeyUnknown, ProblemType.KeyExpired]);
        }

        if (context.ApiDescription.HttpMethod != "GET")
        {
            codes.Add(ProblemType.DiskFull);
            codes.Add(ProblemType.UnsupportedMediaType);
        }

        if (operation.RequestBody is not null)
        {
            codes.Add(ProblemType.TooLarge);
            codes.Add(ProblemType.TooSlow);
        }

        return codes.OrderBy(code => code.Code, StringComparer.Ordinal);
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) =>
        status is not (429 or 503)
            ? null
            : new()
            {
                ["Retry-After"] = new OpenApiHeader
                {
                    Description = "Seconds to wait.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
                },
            };

    private static JsonObject Example(ProblemType code) => new()
    {
        ["type"] = $"urn:dml:problem:{code.Code}",
        ["title"] = code.Title,
        ["status"] = code.Status,
        ["detail"] = "What was expected, what was received and what to do about it.",
        ["code"] = code.Code,
        [ProblemType.RequestMember] = "4bf92f3577b34da6a3ce929d0e0e4736",
    };
}

using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Http;

/// <summary>Declares refusals on endpoints.</summary>
internal static class RefusalsExtensions
{
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<ProblemCode> codes)
    {
        endpoint.WithMetadata(new Refusals(codes.ToArray()));
        foreach (var status in codes.ToArray().Select(code => code.Status).Distinct())
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
        }

        return endpoint;
    }
}

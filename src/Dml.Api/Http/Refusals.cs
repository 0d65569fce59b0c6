using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Http;

/// <summary>The problem codes that an endpoint answers with; the OpenAPI document is made from them.</summary>
internal sealed record Refusals(IReadOnlyList<ProblemCode> Codes)
{
    /// <summary>What a picture can be refused for.</summary>
    public static readonly ProblemCode[] OfPictures =
    [
        ProblemCode.EmptyImage, ProblemCode.BadForm, ProblemCode.TooLarge, ProblemCode.NotAnImage, ProblemCode.BadImage, ProblemCode.TooManyPixels,
    ];
}

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

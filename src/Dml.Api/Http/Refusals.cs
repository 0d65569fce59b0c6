using Dml.Api.Failures;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Http;

/// <summary>The problem types that an endpoint declares; the OpenAPI document lists them.</summary>
internal sealed record Refusals(IReadOnlyList<ProblemType> Types)
{
    /// <summary>What a picture can be refused for.</summary>
    public static readonly ProblemType[] OfPictures =
    [
        ProblemType.EmptyImage,
        ProblemType.BadForm,
        ProblemType.TooLarge,
        ProblemType.NotAnImage,
        ProblemType.BadImage,
        ProblemType.TooManyPixels,
        ProblemType.QuotaSpent,
        ProblemType.Busy,
    ];
}

/// <summary>Declares refusals on endpoints and turns them into responses.</summary>
internal static class RefusalsExtensions
{
    // A full queue of the embedder drains in about this time.
    private const string RetryAfterSeconds = "1";

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<ProblemType> types)
    {
        endpoint.WithMetadata(new Refusals(types.ToArray()));
        foreach (var status in types.ToArray().Select(type => type.Status).Distinct())
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
        }

        return endpoint;
    }

    public static ProblemHttpResult ToProblem(this Refusal refusal) => ProblemType.Of(refusal.Code).With(refusal.Detail);

    /// <summary>The same with the header Retry-After when the refusal is temporary (503).</summary>
    public static ProblemHttpResult ToProblem(this Refusal refusal, HttpResponse response)
    {
        var problem = refusal.ToProblem();
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        return problem;
    }
}

using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Http;

/// <summary>Tells the client when to come again.</summary>
internal static class RetryLater
{
    // A full queue of the embedder is worked off in about this time.
    private const string Seconds = "1";

    /// <summary>A refusal for now (503) gets the header Retry-After.</summary>
    public static ProblemHttpResult WithRetryAfter(this ProblemHttpResult problem, HttpResponse response)
    {
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = Seconds;
        }

        return problem;
    }
}

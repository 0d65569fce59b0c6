namespace Dml.Api.Limits;

/// <summary>Adds Retry-After to every 429 and 503 that lacks it.</summary>
internal static class RetryAfter
{
    private const string Soon = "1";

    public static void UseRetryAfter(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var response = context.Response;
            if (response is { StatusCode: 429 or 503, Headers.RetryAfter.Count: 0 })
            {
                response.Headers.RetryAfter = Soon;
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}

namespace Dml.Api.Http;

/// <summary>What a browser must not do with the answers.</summary>
internal static class SecurityHeaders
{
    // data: are the signs that the Swagger page's style sheet draws; blob: is the picture that a visitor chose.
    private const string Policy =
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Swagger UI writes styles of its own into its page. Scripts come from files there too.
    private const string SwaggerPolicy = Policy + "; style-src 'self' 'unsafe-inline'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: an answer that is begun anew after a failure has lost what was set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/swagger", StringComparison.Ordinal) ? SwaggerPolicy : Policy;
            headers.XContentTypeOptions = "nosniff";
            // Not "no-referrer": with it a form's POST names no origin, and then is refused as a foreign site's.
            headers["Referrer-Policy"] = "same-origin";
            return Task.CompletedTask;
        });
        return next(context);
    });
}

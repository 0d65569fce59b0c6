namespace Dml.Api.Http;

/// <summary>Headers that restrict what a browser does with the responses.</summary>
internal static class SecurityHeaders
{
    // data: for the icons of Swagger UI's style sheet; blob: for the picture that a visitor chose.
    private const string Policy =
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Swagger UI uses inline styles. Its scripts come from files.
    private const string SwaggerPolicy = Policy + "; style-src 'self' 'unsafe-inline'";

    /// <param name="app">Receives the middleware.</param>
    /// <param name="areKeysRequired">Whether answers are for the holder of a key only, and must not stay in a shared cache.</param>
    public static void UseSecurityHeaders(this IApplicationBuilder app, Func<bool> areKeysRequired) =>
        app.Use(
            (context, next) =>
            {
                // As late as possible: a response that is reset after a failure loses headers set earlier.
                context.Response.OnStarting(() =>
                {
                    var headers = context.Response.Headers;
                    headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/swagger", StringComparison.Ordinal)
                        ? SwaggerPolicy
                        : context.GetEndpoint()?.Metadata.GetMetadata<InlineStyle>() is { } style
                            ? $"{Policy}; style-src '{style.Hash}'"
                            : Policy;
                    headers.XContentTypeOptions = "nosniff";
                    // Not "no-referrer": it makes the Origin of a form's POST "null", which SameOrigin refuses.
                    headers["Referrer-Policy"] = "same-origin";
                    headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=(), usb=()";
                    headers["Cross-Origin-Opener-Policy"] = "same-origin";
                    // Whether a picture exists is the catalogue's secret, too: a foreign page could try ids with <img>.
                    headers["Cross-Origin-Resource-Policy"] = "same-origin";
                    // A browser would remember it for every port of this machine.
                    if (context.Request is { IsHttps: true, Host.Host: not "localhost" })
                    {
                        headers.StrictTransportSecurity = "max-age=31536000";
                    }

                    if (areKeysRequired())
                    {
                        headers.Append("Vary", "X-Api-Key, Authorization");
                        if (headers.CacheControl.Count == 0)
                        {
                            headers.CacheControl = "no-store";
                        }
                    }

                    return Task.CompletedTask;
                });
                return next(context);
            }
        );
}

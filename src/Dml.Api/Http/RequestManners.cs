using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Dml.Api.Http;

/// <summary>
/// What HTTP asks of every route: a body in an encoding and a part of one are refused, and a range of an unknown unit is ignored.
/// </summary>
internal sealed class RequestManners(RequestDelegate next)
{
    private const string Bytes = "bytes=";
    private const string Identity = "identity";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        // RFC 9110, 14.2. ASP.NET Core reads any unit as bytes.
        if (headers.Range.Count > 0 && !headers.Range.ToString().StartsWith(Bytes, StringComparison.OrdinalIgnoreCase))
        {
            headers.Remove(HeaderNames.Range);
        }

        if (context.GetEndpoint() is null || context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return next(context);
        }

        // RFC 9110, 14.4: a part must not be taken for the whole.
        if (headers.ContentRange.Count > 0)
        {
            return context.AnswerAsync(
                ProblemType.BadRequest,
                "The body is a part of something (Content-Range), which cannot be stored. Send the whole without that header.");
        }

        // RFC 8259, 8.1: JSON is UTF-8.
        if (context.Request.HasJsonContentType()
            && MediaTypeHeaderValue.Parse(context.Request.ContentType).Charset is { Length: > 0 } charset
            && !charset.Value!.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            return context.AnswerAsync(
                ProblemType.UnsupportedMediaType, $"The JSON has the charset \"{charset}\". Send it as UTF-8.");
        }

        var encoding = headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals(Identity, StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        // RFC 9110, 15.5.16: the header says which encodings are understood.
        context.Response.Headers.AcceptEncoding = Identity;
        return context.AnswerAsync(
            ProblemType.UnsupportedMediaType, $"The body has the Content-Encoding \"{encoding}\". Send it without one.");
    }
}

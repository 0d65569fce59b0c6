using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dml.Api.Http;

/// <summary>Answers 413 from the Content-Length alone, before a byte of an oversized body is stored.</summary>
internal sealed class BodyLimit(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Request.ContentLength is { } length
        && length > context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize
            ? Problem(context).ExecuteAsync(context)
            : next(context);

    public static ProblemHttpResult Problem(HttpContext context)
    {
        var size = context.GetEndpoint()?.Metadata.GetMetadata<BodySize>();
        var most = size?.MaxRequestBodySize
            ?? context.RequestServices.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MaxRequestBodySize;
        return ProblemType.TooLarge.With(
            $"The body may have at most {most} bytes ({size?.Key ?? "Limits:MaxBodyBytes"}). Send a smaller one.");
    }
}

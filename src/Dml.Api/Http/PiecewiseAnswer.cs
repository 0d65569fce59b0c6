using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Dml.Api.Http;

/// <summary>
/// Writes answers in pieces, each after the client has read most of what came before. Kestrel makes a copy of all that is written at
/// once, so that a client that does not read would have an answer of a megabyte in memory on each of its connections.
/// </summary>
internal sealed class PiecewiseAnswer : IHttpResponseBodyFeature
{
    private readonly IHttpResponseBodyFeature _server;

    private PiecewiseAnswer(IHttpResponseBodyFeature server)
    {
        _server = server;
        Writer = new PiecewiseWriter(server.Writer);
        Stream = Writer.AsStream();
    }

    public PipeWriter Writer { get; }

    public Stream Stream { get; }

    /// <summary>Middleware that has the answer to a request written in pieces.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Features.Set<IHttpResponseBodyFeature>(
            new PiecewiseAnswer(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
        return next(context);
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => _server.StartAsync(cancellationToken);

    public Task CompleteAsync() => _server.CompleteAsync();

    public void DisableBuffering() => _server.DisableBuffering();

    // The server copies files in pieces.
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        _server.SendFileAsync(path, offset, count, cancellationToken);
}

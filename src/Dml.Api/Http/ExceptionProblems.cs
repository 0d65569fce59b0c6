using System.Text.Json;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Http;

/// <summary>Turns exceptions into problem details, without stack traces.</summary>
internal sealed class ExceptionProblems(IOptions<DataOptions> data, ILogger<ExceptionProblems> log) : IExceptionHandler
{
    private const int ClientClosedRequest = 499;
    private const int SqliteCorrupt = 11;
    private const int SqliteNoDatabase = 26;

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        var problem = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyLimit.Problem(context),
            BadHttpRequestException bad => ProblemType.ForStatus(bad.StatusCode).With(Explain(context, bad)),
            NoSpaceLeftException => ProblemType.DiskFull.With(exception.Message),
            _ when OutOfSpace.Caused(exception) => ProblemType.DiskFull.With(OutOfSpace.Explanation),
            _ when OutOfFiles.Caused(exception) => ProblemType.Busy.With(OutOfFiles.Explanation),
            _ when CatalogueLock.Caused(exception) => ProblemType.Busy.With(CatalogueLock.Explanation),
            SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNoDatabase } =>
                ProblemType.DamagedCatalogue.With(DamagedCatalogue.Explain(data.Value.Folder, exception.Message)),
            IOException or UnauthorizedAccessException => ProblemType.DiskFailed.With(
                "A file of the service could not be read or written; the log of the service has the cause."),
            _ => ProblemType.Internal.With("The request failed unexpectedly; the log of the service has the cause."),
        };
        if (problem.StatusCode == StatusCodes.Status500InternalServerError)
        {
            log.LogError(exception, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
        }

        await context.AnswerAsync(problem);
        return true;
    }

    // The web server's own sentences are about HTTP; those of the endpoints' binding are about C#.
    private static string Explain(HttpContext context, BadHttpRequestException bad) =>
        bad.GetType() != typeof(BadHttpRequestException) ? bad.Message
        : bad.StatusCode == StatusCodes.Status415UnsupportedMediaType
            ? $"The content type is \"{context.Request.ContentType}\"; expected application/json."
        : bad.InnerException is JsonException json
            ? $"The body is not the JSON that this call takes: see {json.Path ?? "its beginning"}, line {json.LineNumber + 1}, byte "
                + $"{json.BytePositionInLine + 1}. /swagger shows what it takes."
        : "The request lacks its JSON body, or a part of it cannot be read. /swagger shows what the call takes.";
}

using Dml.Api.Configuration;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Http;

/// <summary>Turns what was thrown into problem details; never a stack trace.</summary>
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
            BadHttpRequestException bad => ProblemCode.ForStatus(bad.StatusCode).With(bad.Message),
            _ when OutOfSpace.Caused(exception) => ProblemCode.DiskFull.With(OutOfSpace.Explanation),
            SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNoDatabase } =>
                ProblemCode.DamagedCatalogue.With(DamagedCatalogue.Explain(data.Value.Folder, exception.Message)),
            _ => ProblemCode.Internal.With("The request failed inside the service; its log holds the cause."),
        };
        if (problem.StatusCode == StatusCodes.Status500InternalServerError)
        {
            log.LogError(exception, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
        }

        await problem.ExecuteAsync(context);
        return true;
    }
}

using Dml.Api.Audit;
using Dml.Api.Http;
using Dml.Api.Telemetry;

namespace Dml.Api.Security;

/// <summary>Tells the audit log about calls of marked endpoints, and about callers who were refused.</summary>
internal sealed class AuditTrail(RequestDelegate next, AuditLog log)
{
    private const string Jobs = "/jobs/";

    public async Task InvokeAsync(HttpContext context)
    {
        // A failure takes the endpoint out of the context.
        var action = context.GetEndpoint()?.Metadata.GetMetadata<Audited>()?.Action;
        try
        {
            await next(context);
        }
        finally
        {
            Record(context, action, context.Response.StatusCode);
        }
    }

    private void Record(HttpContext context, string? action, int status)
    {
        var caller = Caller.Of(context);
        var isRefused = status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden
            || (status == StatusCodes.Status429TooManyRequests && caller.Role is null);
        if (!isRefused && action is null)
        {
            return;
        }

        var job = context.Response.Headers.Location.ToString();
        var entry = new AuditEntry(
            action ?? AuditEntry.Call,
            isRefused ? AuditOutcome.Refused
                : status == StatusCodes.Status202Accepted ? AuditOutcome.Accepted
                : status < StatusCodes.Status400BadRequest ? AuditOutcome.Done
                : AuditOutcome.Failed)
        {
            Target = context.Features.Get<AuditTarget>()?.Name ?? $"{context.Request.Method} {context.Request.Path}",
            Key = caller.Name,
            Address = context.Connection.RemoteIpAddress?.ToString(),
            Status = status,
            Code = context.Features.Get<AnsweredProblem>()?.Code,
            Job = job.StartsWith(Jobs, StringComparison.Ordinal) ? job[Jobs.Length..] : null,
            Request = RequestId.Current,
        };
        if (isRefused)
        {
            log.WriteRefusal(entry);
        }
        else
        {
            log.Write(entry);
        }
    }
}

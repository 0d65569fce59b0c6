using Dml.Api.Http;

namespace Dml.Api.Security;

/// <summary>Marks an endpoint whose calls the audit log records; <c>Action</c> names what it does, such as <c>item.delete</c>.</summary>
internal sealed record Audited(string Action);

/// <summary>What an endpoint tells about a call that is recorded.</summary>
internal sealed record AuditTarget(string Name);

/// <summary>Declares endpoints whose calls are recorded.</summary>
internal static class AuditedExtensions
{
    public static TBuilder Audited<TBuilder>(this TBuilder endpoint, string action)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Audited(action)).NotesProblems();

    /// <summary>Names what this call is about, where the path does not say it.</summary>
    public static void SetAuditTarget(this HttpContext context, string name) => context.Features.Set(new AuditTarget(name));
}

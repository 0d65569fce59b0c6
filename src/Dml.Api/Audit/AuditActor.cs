namespace Dml.Api.Audit;

/// <summary>Who asked for what is being done, by a request: the name of the key, null without one, and the address.</summary>
internal sealed record AuditActor(string? Key, string? Address)
{
    private static readonly AsyncLocal<AuditActor?> Present = new();

    /// <summary>
    /// Also in what a request has begun and that outlasts it, such as a job; null for what the service does by itself.
    /// </summary>
    public static AuditActor? Current { get => Present.Value; set => Present.Value = value; }
}

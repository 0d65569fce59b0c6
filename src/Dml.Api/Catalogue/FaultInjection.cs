namespace Dml.Api.Catalogue;

/// <summary>
/// Where tests make the catalogue fail in ways that cannot be caused from outside, such as a rollback that the disk refuses. Nothing in
/// the service sets it.
/// </summary>
internal sealed class FaultInjection
{
    /// <summary>Receives the SQL of each statement of the writer before it runs, and may throw.</summary>
    public Action<string>? BeforeStatement { get; set; }
}

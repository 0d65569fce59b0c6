namespace Dml.Api.Audit;

/// <summary>A line of the audit log.</summary>
/// <param name="Action">What was asked for, such as <c>item.delete</c>.</param>
/// <param name="Outcome">How it ended.</param>
internal sealed record AuditEntry(string Action, AuditOutcome Outcome)
{
    /// <summary>The action of a call that is recorded only because it was refused.</summary>
    public const string Call = "call";

    /// <summary>The action of a job that has ended, however it did.</summary>
    public const string JobEnd = "job.end";

    private const int LongestText = 200;

    public DateTimeOffset At { get; init; }

    /// <summary>What it was done to: the path of the request, or a name.</summary>
    public string? Target { get; init => field = Shorten(value); }

    /// <summary>The name of the key; null without one.</summary>
    public string? Key { get; init; }

    /// <summary>Where the request came from; null on the command line.</summary>
    public string? Address { get; init; }

    /// <summary>The user of the operating system, on the command line.</summary>
    public string? User { get; init; }

    public int? Status { get; init; }

    /// <summary>The code of the problem that the caller was told.</summary>
    public string? Code { get; init; }

    public string? Job { get; init; }

    /// <summary>How a job ended, in words.</summary>
    public string? Detail { get; init => field = Shorten(value); }

    /// <summary>The id of the request, as in logs and traces.</summary>
    public string? Request { get; init; }

    /// <summary>Refusals that were counted instead of written, because there were too many.</summary>
    public long? Suppressed { get; init; }

    private static string? Shorten(string? text) => text?.Length > LongestText ? text[..LongestText] + "…" : text;
}

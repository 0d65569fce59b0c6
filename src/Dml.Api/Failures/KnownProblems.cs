using System.Collections.Concurrent;

namespace Dml.Api.Failures;

/// <summary>
/// What does not work at the moment although searches are answered; <c>GET /healthz/ready</c> lists it. Anybody may read that, so a
/// problem names no path and nothing of the catalogue: the log has the details.
/// </summary>
internal sealed class KnownProblems
{
    public const string Writes = "writes";
    public const string Index = "index";
    public const string Recall = "recall";
    public const string Snapshot = "snapshot";
    public const string Night = "night";
    public const string Keys = "keys";

    private readonly ConcurrentDictionary<string, string> _problems = new();

    public IReadOnlyList<string> All => [.. _problems.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];

    /// <summary>Records a problem in place of an earlier one of the same part; one sentence.</summary>
    public void Report(string part, string problem) => _problems[part] = problem;

    /// <summary>Records that a part works again.</summary>
    public void Solved(string part) => _problems.TryRemove(part, out _);
}

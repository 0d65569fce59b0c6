namespace Dml.Benchmarks.Abuse;

/// <summary>One kind of hostile request.</summary>
/// <param name="Name">For the table and <c>--only</c>.</param>
/// <param name="AttackAsync">Attacks once and returns the answers, such as <c>422</c> or <c>job failed</c>.</param>
/// <param name="IsLong">Whether once is enough, however short it was.</param>
internal sealed record AbuseCase(string Name, Func<CancellationToken, Task<IEnumerable<string>>> AttackAsync, bool IsLong = false);

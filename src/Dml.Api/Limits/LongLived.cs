using Microsoft.AspNetCore.Http.Timeouts;

namespace Dml.Api.Limits;

/// <summary>
/// Marks an endpoint that streams its response for as long as something lasts: it has no time limit and its own concurrency
/// limit.
/// </summary>
internal sealed class LongLived
{
    public static readonly object[] Metadata = [new LongLived(), new DisableRequestTimeoutAttribute()];
}

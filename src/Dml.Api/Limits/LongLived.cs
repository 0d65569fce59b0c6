using Microsoft.AspNetCore.Http.Timeouts;

namespace Dml.Api.Limits;

/// <summary>Marks an endpoint whose answer goes on for as long as something lasts: it has no time limit and takes no place of the others.</summary>
internal sealed class LongLived
{
    public static readonly object[] Metadata = [new LongLived(), new DisableRequestTimeoutAttribute()];
}

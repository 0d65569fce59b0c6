using Microsoft.AspNetCore.Http.Timeouts;

namespace Dml.Api.Limits;

/// <summary>Marks an endpoint that transfers an archive, which may take longer than other requests.</summary>
internal static class Transfer
{
    public const string Policy = "transfer";

    public static readonly object Metadata = new RequestTimeoutAttribute(Policy);
}

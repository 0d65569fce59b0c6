using System.Text.Json.Serialization;

namespace Dml.Api.Audit;

/// <summary>How something ended that the audit log records.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditOutcome>))]
internal enum AuditOutcome
{
    /// <summary>It was done.</summary>
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>It goes on as a job.</summary>
    [JsonStringEnumMemberName("accepted")]
    Accepted,

    /// <summary>The caller may not do it.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>It was not possible.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>A caller ended the job that it went on as.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Audit;

/// <summary>The section <c>Audit</c>: the record of who changed what.</summary>
[Section("Audit")]
internal sealed class AuditOptions
{
    /// <summary>Largest file in bytes; the next one is begun before it would be exceeded.</summary>
    [Range(4096.0, 1L << 40)]
    public long MaxBytes { get; set; } = 16 << 20;

    /// <summary>Files that are kept, the current one included; 0 writes none.</summary>
    [Range(0, 1000)]
    public int Files { get; set; } = 8;
}

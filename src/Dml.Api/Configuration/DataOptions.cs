using System.ComponentModel.DataAnnotations;

namespace Dml.Api.Configuration;

/// <summary>The section <c>Data</c>: the folder that every room keeps its files in.</summary>
[Section("Data")]
internal sealed class DataOptions
{
    /// <summary>Folder of the catalogue, the pictures, the embedders of the generations, index snapshots, jobs and keys.</summary>
    [Location]
    public string Folder { get; set; } = "data";

    /// <summary>Seconds between two snapshots of a changing index. A start replays what is newer than the snapshot.</summary>
    [Range(1, 24 * 60 * 60)]
    public int SnapshotSeconds { get; set; } = 300;

    /// <summary>
    /// Bytes that uploads of archives and embedders and backups leave free on the disk that they are written to, so that the catalogue can
    /// still be written.
    /// </summary>
    [Range(0.0, 1L << 50)]
    public long ReserveBytes { get; set; } = 256 << 20;

    /// <summary>How fast stored pictures are read to compare them with their SHA-256, once a day at most; 0 never does.</summary>
    [Range(0, 1 << 30)]
    public int ScrubBytesPerSecond { get; set; } = 2 << 20;
}

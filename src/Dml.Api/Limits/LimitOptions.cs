using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;
using Dml.Embedding;

namespace Dml.Api.Limits;

/// <summary>The section <c>Limits</c>: how much the service takes on.</summary>
[Section("Limits")]
internal sealed class LimitOptions
{
    private const long MaxBodyMemoryBytes = 1L << 40;

    /// <summary>Largest request body in bytes.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 20 << 20;

    /// <summary>Largest picture in pixels, checked before any pixel is decoded.</summary>
    [Range(1.0, 10_000_000_000)]
    public long MaxPixels { get; set; } = 50_000_000;

    /// <summary>Largest upload of an embedder in bytes.</summary>
    [Range(1024.0, 1L << 40)]
    public long MaxModelBytes { get; set; } = 1L << 30;

    /// <summary>Largest upload of an archive in bytes.</summary>
    [Range(1024.0, 1L << 40)]
    public long MaxImportBytes { get; set; } = 4L << 30;

    /// <summary>The most that an archive may unpack to, in bytes; by default ten times the largest archive.</summary>
    [Range(1024.0, 1L << 50)]
    public long MaxUnpackedBytes { get => field == 0 ? 10 * MaxImportBytes : field; set; }

    /// <summary>
    /// Requests per second of one key or, without keys, of one address; 0 for no limit. The default is 100 with keys and 0 without: on the
    /// loopback address all clients are local.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; set; }

    /// <summary>Requests that may arrive at the same moment before the rate applies; by default twice the rate.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get => field == 0 ? Math.Max(1, 2 * RequestsPerSecond) : field; set; }

    /// <summary>Connections that are open at the same time, those included whose client reads its answer slowly or not at all.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 2000;

    /// <summary>
    /// Connections of one address that are open at the same time, unless it is one of <c>Security:KnownProxies</c>; by default three
    /// quarters of all.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get => field == 0 ? CallerShare.Of(Connections) : field; set; }

    /// <summary>
    /// Requests in progress at the same time, three quarters of them of one caller at most. Live progress streams have as many places of
    /// their own, and so have transfers of archives and embedders.
    /// </summary>
    [Range(1, 100_000)]
    public int ConcurrentRequests { get; set; } = 256;

    /// <summary>
    /// Memory for the bodies of all requests, those that are still being received included, in bytes. The default has room for four of the
    /// largest bodies, or for thousands of slow uploads.
    /// </summary>
    [Range((double)(1 << 20), MaxBodyMemoryBytes)]
    public long BodyMemoryBytes { get => field == 0 ? Math.Max(1L << 30, 4L * MaxBodyBytes) : field; set; }

    /// <summary>Imports that run at the same time.</summary>
    [Range(1, 1000)]
    public int RunningImports { get; set; } = 4;

    /// <summary>The longest that a request may take, in seconds.</summary>
    [Range(1, 86_400)]
    public int RequestSeconds { get; set; } = 60;

    /// <summary>The longest that an upload or download of an archive or an embedder may take, in seconds.</summary>
    [Range(1, 604_800)]
    public int TransferSeconds { get; set; } = 3600;

    /// <exception cref="SettingsException">The memory for bodies has no room for one of the largest.</exception>
    public void Check()
    {
        var least = (1L << 20) + MaxBodyBytes;
        if (BodyMemoryBytes < least)
        {
            throw new SettingsException(
                $"Limits:BodyMemoryBytes is \"{BodyMemoryBytes}\"; expected a whole number from {least} to {MaxBodyMemoryBytes}.");
        }
    }
}

using Dml.Api.Configuration;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Failures;

/// <summary>
/// Keeps some of a disk free from what is large and can wait, uploads and backups: a catalogue on a full disk takes no picture any more.
/// </summary>
internal sealed class FreeSpace(IOptions<DataOptions> data)
{
    /// <summary>Why a folder's disk should not receive so many bytes; null if it may.</summary>
    public Refusal? Lacking(string folder, long bytes)
    {
        var reserve = data.Value.ReserveBytes;
        return Free(folder) is { } free && free - bytes < reserve
            ? new Refusal(
                ProblemCode.DiskFull,
                $"The disk has {free} bytes left, of which {reserve} are kept free (Data:ReserveBytes); this needs {bytes}. Nothing was "
                + "written. Free some space and try again.")
            : null;
    }

    /// <summary>The same body, which ends with a <see cref="NoSpaceLeftException"/> where it would leave too little space.</summary>
    /// <param name="body">Does not say how long it is.</param>
    /// <param name="folder">Where it is written to.</param>
    public Stream Watch(Stream body, string folder) => new WatchedStream(body, () => Lacking(folder, 0));

    // Null where the system cannot tell.
    private static long? Free(string folder)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        try
        {
            return new DriveInfo(existing).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

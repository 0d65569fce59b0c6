using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Dml.Embedding;
using Dml.Training.Catalogues;
using Microsoft.Win32.SafeHandles;

namespace Dml.Training.Data;

/// <summary>
/// All pictures of a dataset decoded once to squares of one side. They are in a file that the operating system keeps in memory as long as
/// there is room, so that a dataset larger than memory works as well.
/// </summary>
public sealed class PixelCache : IDisposable
{
    private const long MaxPixels = 100_000_000;
    private static readonly byte[] Magic = "dmlpix01"u8.ToArray();

    private readonly SafeFileHandle _file;
    private readonly string _path;

    private PixelCache(SafeFileHandle file, string path, int side, int count) => (_file, _path, Side, Count) = (file, path, side, count);

    /// <summary>Side of every picture, in pixels.</summary>
    public int Side { get; }

    /// <summary>Pictures, in the order they were given.</summary>
    public int Count { get; }

    private int PictureBytes => Side * Side * 3;

    private static int HeaderBytes => Magic.Length + SHA256.HashSizeInBytes;

    /// <summary>Opens the file for these pictures, or decodes them on all cores and writes it.</summary>
    /// <param name="folder">Folder of the files; created when missing.</param>
    /// <param name="contentKey">The dataset's.</param>
    /// <param name="pictures">What to decode, in this order.</param>
    /// <param name="preprocessing">Side and resize rule.</param>
    /// <param name="progress">Reports the number of pictures decoded so far.</param>
    /// <param name="cancel">Stops decoding; nothing is left behind.</param>
    /// <exception cref="RecipeException">Pictures that cannot be read or decoded; the message names them.</exception>
    public static PixelCache Open(
        string folder, string contentKey, IReadOnlyList<LabelledPicture> pictures, Preprocessing preprocessing, IProgress<int>? progress,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(preprocessing);
        var key = Key(contentKey, pictures, preprocessing);
        var path = Path.Combine(folder, $"{Convert.ToHexStringLower(key)[..16]}-{preprocessing.InputSize}.pixels");
        if (!IsWhole(path, key, pictures.Count, preprocessing))
        {
            Directory.CreateDirectory(folder);
            Write(path, key, pictures, preprocessing, progress, cancel);
        }

        return new(File.OpenHandle(path), path, preprocessing.InputSize, pictures.Count);
    }

    /// <summary>Reads one picture.</summary>
    /// <param name="index">In [0, Count).</param>
    /// <param name="rgb">Interleaved RGB, [Side, Side, 3], written here.</param>
    public void Read(int index, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        rgb = rgb[..PictureBytes];
        if (RandomAccess.Read(_file, rgb, HeaderBytes + (long)index * PictureBytes) != rgb.Length)
        {
            throw new IOException(
                $"{_path}, which holds decoded pictures, became shorter while it was in use. Start again; the file is then rewritten.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[] Key(string contentKey, IReadOnlyList<LabelledPicture> pictures, Preprocessing preprocessing)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{contentKey}\n{preprocessing.InputSize} {preprocessing.Resize}\n"));
        foreach (var picture in pictures)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(picture.Id + "\n"));
        }

        return hash.GetHashAndReset();
    }

    private static bool IsWhole(string path, byte[] key, int count, Preprocessing preprocessing)
    {
        var header = new byte[Magic.Length + key.Length];
        if (!File.Exists(path) || new FileInfo(path).Length != header.Length + (long)count * preprocessing.PixelBytes)
        {
            return false;
        }

        using var file = File.OpenHandle(path);
        return RandomAccess.Read(file, header, 0) == header.Length && header.AsSpan().SequenceEqual([.. Magic, .. key]);
    }

    private static void Write(
        string path, byte[] key, IReadOnlyList<LabelledPicture> pictures, Preprocessing preprocessing, IProgress<int>? progress,
        CancellationToken cancel)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (
                var file = File.OpenHandle(
                    temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None,
                    Magic.Length + key.Length + (long)pictures.Count * preprocessing.PixelBytes))
            {
                RandomAccess.Write(file, (byte[])[.. Magic, .. key], 0);
                Decode(file, Magic.Length + key.Length, pictures, preprocessing, progress, cancel);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Decode(
        SafeFileHandle file, long start, IReadOnlyList<LabelledPicture> pictures, Preprocessing preprocessing, IProgress<int>? progress,
        CancellationToken cancel)
    {
        var done = 0;
        var faults = new List<string>();
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        try
        {
            Parallel.For(0, pictures.Count, options, () => new byte[preprocessing.PixelBytes], (i, _, rgb) =>
            {
                if (Fault(pictures[i], preprocessing, rgb) is { } fault)
                {
                    lock (faults)
                    {
                        faults.Add($"{pictures[i].Id}: {fault}");
                    }
                }
                else
                {
                    RandomAccess.Write(file, rgb, start + (long)i * rgb.Length);
                }

                progress?.Report(Interlocked.Increment(ref done));
                return rgb;
            }, _ => { });
        }
        catch (AggregateException e) when (e.InnerException is IOException io)
        {
            // One message, that of the disk, instead of one from every core.
            ExceptionDispatchInfo.Throw(io);
        }

        if (faults.Count > 0)
        {
            faults.Sort(StringComparer.Ordinal);
            throw new RecipeException(
                $"{faults.Count} of {pictures.Count} pictures cannot be read; fix or remove them:\n  "
                    + $"{string.Join("\n  ", faults.Take(10))}{(faults.Count > 10 ? "\n  …" : "")}");
        }
    }

    // Null when the picture is in rgb.
    private static string? Fault(LabelledPicture picture, Preprocessing preprocessing, byte[] rgb)
    {
        try
        {
            return PictureDecoder.TryDecode(picture.Load(), preprocessing, MaxPixels, rgb, out var error) ? null : error.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}

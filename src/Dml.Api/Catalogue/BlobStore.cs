using System.Buffers;
using Dml.Files;

namespace Dml.Api.Catalogue;

/// <summary>
/// Stores pictures by the SHA-256 of their bytes: <c>blobs/ab/ab12…</c>. A picture that a write has announced with
/// <see cref="Hold"/> is not removed, even before its row is committed.
/// </summary>
internal sealed class BlobStore
{
    private const int CompareBytes = 128 * 1024;
    private readonly string _folder;
    private readonly Func<string, bool> _isUsed;
    private readonly Dictionary<string, int> _held = [];
    private readonly HashSet<string> _postponed = [];
    private readonly HashSet<string> _unusedWhileHeld = [];
    private int _keepers;

    /// <param name="folder">Created durably with the folders in it: a picture is flushed with its own folder only.</param>
    /// <param name="isUsed">Whether an item has the picture of this SHA-256 or feedback keeps it.</param>
    public BlobStore(string folder, Func<string, bool> isUsed)
    {
        _folder = folder;
        _isUsed = isUsed;
        for (var i = 0; i < 256; i++)
        {
            Directory.CreateDirectory(Path.Combine(folder, i.ToString("x2")));
        }

        // At every start: the process that made them may have ended before this.
        FolderFlush.Flush(folder);
        FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(folder))!);
    }

    /// <summary>Where a picture is, whether or not it is there.</summary>
    /// <exception cref="FileNotFoundException">
    /// It is not a SHA-256, so no picture has that name: a row that somebody changed leads to no other file.
    /// </exception>
    public string PathOf(string sha256) => PictureHash.IsValid(sha256)
        ? Path.Combine(_folder, sha256[..2], sha256)
        : throw new FileNotFoundException("The catalogue names a picture by something else than its SHA-256.");

    /// <summary>
    /// Announces a write; dispose of the result after its commit. A removal requested in the meantime is reconsidered then,
    /// because another write may have replaced the picture.
    /// </summary>
    public IDisposable Hold(string sha256)
    {
        lock (_held)
        {
            _held[sha256] = _held.GetValueOrDefault(sha256) + 1;
        }

        return new Holding(this, sha256);
    }

    /// <summary>Suspends all removals until the result is disposed of; removals requested in the meantime are reconsidered then.</summary>
    public IDisposable KeepAll()
    {
        lock (_held)
        {
            _keepers++;
        }

        return new Keeping(this);
    }

    /// <summary>
    /// Stores the bytes durably. A file that exists already is compared with them and rewritten where it differs, so that a picture
    /// that was damaged on the disk is whole again. The caller must hold <paramref name="sha256"/>.
    /// </summary>
    public void Write(string sha256, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(sha256);
        if (Holds(path, bytes))
        {
            // Another write may just have renamed it and not have flushed the folder yet.
            FolderFlush.Flush(Path.GetDirectoryName(path)!);
            return;
        }

        AtomicFile.Write(path, bytes);
    }

    /// <summary>
    /// Removes a picture that no write holds and no item uses. Checked inside the lock, so that no new hold can intervene.
    /// </summary>
    public void RemoveUnused(string sha256)
    {
        lock (_held)
        {
            if (_keepers > 0)
            {
                _postponed.Add(sha256);
            }
            else if (_held.ContainsKey(sha256))
            {
                _unusedWhileHeld.Add(sha256);
            }
            else if (PictureHash.IsValid(sha256) && !_isUsed(sha256))
            {
                TryDelete(PathOf(sha256));
            }
        }
    }

    /// <summary>The same for several pictures.</summary>
    public void RemoveUnused(IEnumerable<string> pictures)
    {
        foreach (var sha256 in pictures)
        {
            RemoveUnused(sha256);
        }
    }

    /// <summary>
    /// Removes what a killed process left behind: temporary files and pictures without an item. Returns the number of
    /// removed files.
    /// </summary>
    public int Sweep(CancellationToken cancel)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
        {
            cancel.ThrowIfCancellationRequested();
            var name = Path.GetFileName(path);
            if (PictureHash.IsValid(name))
            {
                RemoveUnused(name);
            }
            else if (!TemporaryFiles.IsOurs(path))
            {
                TryDelete(path);
            }

            removed += File.Exists(path) ? 0 : 1;
        }

        return removed;
    }

    private static bool Holds(string path, ReadOnlySpan<byte> bytes)
    {
        // Most pictures are new, and an exception for each would cost more than the look.
        if (!File.Exists(path))
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(CompareBytes);
        try
        {
            using var file = File.OpenHandle(path);
            if (RandomAccess.GetLength(file) != bytes.Length)
            {
                return false;
            }

            for (var at = 0; at < bytes.Length;)
            {
                var read = RandomAccess.Read(file, buffer, at);
                if (read == 0 || !buffer.AsSpan(0, read).SequenceEqual(bytes.Slice(at, Math.Min(read, bytes.Length - at))))
                {
                    return false;
                }

                at += read;
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile, or on a part of the disk that cannot be read: rewriting it is the cure for both.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A file that cannot be deleted now is unused anyway; the next start tries again.
    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void Release(string sha256)
    {
        lock (_held)
        {
            if (--_held[sha256] > 0)
            {
                return;
            }

            _held.Remove(sha256);
            if (_unusedWhileHeld.Remove(sha256))
            {
                RemoveUnused(sha256);
            }
        }
    }

    private void EndKeeping()
    {
        string[] postponed;
        lock (_held)
        {
            if (--_keepers > 0)
            {
                return;
            }

            postponed = [.. _postponed];
            _postponed.Clear();
        }

        RemoveUnused(postponed);
    }

    private sealed class Keeping(BlobStore store) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                store.EndKeeping();
            }
        }
    }

    private sealed class Holding(BlobStore store, string sha256) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                store.Release(sha256);
            }
        }
    }
}

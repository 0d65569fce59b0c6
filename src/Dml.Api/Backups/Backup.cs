using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Contracts;
using Dml.Files;

namespace Dml.Api.Backups;

/// <summary>
/// Writes everything that cannot be recreated to a tar archive, while writes continue: the catalogue as of one moment, all of
/// its pictures, and the embedders of its generations. The index is omitted, because it is built from the catalogue. A picture that the
/// disk has damaged or lost is named in the manifest and reported: one flipped bit or bad sector must not end all backups.
/// </summary>
internal sealed class Backup(
    SqliteCatalogue catalogue, EmbedderStore embedders, DamagedPictures damaged, FreeSpace space, TimeProvider clock)
{
    // A rollout that ends between the copy of the catalogue and the opening of the embedders may delete one of them.
    private const int MostAttempts = 3;

    /// <summary>Writes the archive under a temporary name and renames it when it is complete.</summary>
    /// <param name="path">Path of the archive.</param>
    /// <param name="report">Receives the number of pictures written and of all pictures.</param>
    /// <param name="cancel">Stops and deletes what was written.</param>
    /// <exception cref="JobFailedException">An embedder is missing, or the disk has too little space.</exception>
    /// <exception cref="IOException">The archive cannot be written.</exception>
    public async Task<BackupManifest> WriteAsync(string path, Action<long, long> report, CancellationToken cancel)
    {
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        // The catalogue is copied, and the copy is copied into the archive.
        if (space.Lacking(path, (2 * catalogue.FileBytes) + await catalogue.CountPictureBytesAsync(cancel)) is { } lacking)
        {
            throw new JobFailedException(lacking.Detail);
        }

        var copyPath = $"{path}.{Guid.NewGuid():N}.db.tmp";
        // Before the copy: its pictures must still exist when they are written.
        using var pictures = catalogue.KeepPictures();
        try
        {
            var parts = await OpenAsync(copyPath, cancel);
            using var copy = parts.Copy;
            try
            {
                BackupManifest? manifest = null;
                AtomicFile.Write(path, stream => manifest = Write(stream, copyPath, copy, parts.Embedders, report, cancel));
                return manifest!;
            }
            finally
            {
                Close(parts.Embedders);
            }
        }
        finally
        {
            File.Delete(copyPath);
        }
    }

    // An open file survives its deletion, so from here on a rollout may delete an embedder.
    private async Task<(CatalogueCopy Copy, List<(string Path, FileStream File)> Embedders)> OpenAsync(
        string copyPath, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            File.Delete(copyPath);
            await catalogue.CopyToAsync(copyPath, cancel);
            var copy = new CatalogueCopy(copyPath);
            var files = new List<(string, FileStream)>();
            try
            {
                if (OpenEmbedders(copy.Generations(), files) is not { } lost)
                {
                    return (copy, files);
                }

                if (attempt == MostAttempts)
                {
                    throw new JobFailedException(
                        $"The embedder of generation {lost.Number}, {lost.Model}, is missing, so the backup would be incomplete.");
                }
            }
            catch
            {
                copy.Dispose();
                Close(files);
                throw;
            }

            copy.Dispose();
            Close(files);
        }
    }

    // The embedder of a generation that is neither active nor building may have been deleted long ago.
    private StoredGeneration? OpenEmbedders(IReadOnlyList<StoredGeneration> rows, List<(string, FileStream)> files)
    {
        foreach (var row in rows.DistinctBy(row => row.Fingerprint))
        {
            var folder = embedders.FolderOf(row.Fingerprint);
            try
            {
                foreach (var name in EmbedderFolder.FileNames)
                {
                    files.Add(($"{BackupPaths.Embedders}/{Path.GetFileName(folder)}/{name}", File.OpenRead(Path.Combine(folder, name))));
                }
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                if (
                    rows.FirstOrDefault(other =>
                        other.Fingerprint == row.Fingerprint && other.State is GenerationState.Active or GenerationState.Building
                    ) is
                    { } needed)
                {
                    return needed;
                }
            }
        }

        return null;
    }

    private BackupManifest Write(
        Stream stream,
        string copyPath,
        CatalogueCopy copy,
        List<(string Path, FileStream File)> files,
        Action<long, long> report,
        CancellationToken cancel)
    {
        var pictures = copy.CountPictures();
        report(0, pictures);
        using var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        using var names = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var written = new List<BackupFile>();
        using (var file = File.OpenRead(copyPath))
        {
            written.Add(Add(tar, BackupPaths.Catalogue, file));
        }

        foreach (var (path, file) in files)
        {
            cancel.ThrowIfCancellationRequested();
            written.Add(Add(tar, path, file));
        }

        long done = 0;
        var lost = new List<LostPicture>();
        using var picture = new MemoryStream();
        foreach (var sha256 in copy.Pictures())
        {
            cancel.ThrowIfCancellationRequested();
            // Whole in memory before the archive has any of it: an entry cannot be taken back.
            picture.SetLength(0);
            if (damaged.Check(sha256, picture.Write) is { } problem)
            {
                lost.Add(new LostPicture(sha256, copy.ItemsOf(sha256), problem));
            }
            else
            {
                picture.Position = 0;
                Write(tar, BackupPaths.OfPicture(sha256), picture);
                names.AppendData(Encoding.ASCII.GetBytes(sha256));
            }

            report(++done, pictures);
        }

        var active = copy.Generations().FirstOrDefault(row => row.State == GenerationState.Active);
        var manifest = new BackupManifest
        {
            Format = BackupManifest.KnownFormat,
            CreatedAt = clock.GetUtcNow(),
            Program = typeof(Backup).Assembly.GetName().Version?.ToString(3) ?? "",
            Items = copy.CountItems(),
            Pictures = pictures - lost.Count,
            PicturesSha256 = Convert.ToHexStringLower(names.GetHashAndReset()),
            Generation = active?.Number,
            Model = active?.Model,
            Files = written,
            Lost = lost,
        };
        using var json = new MemoryStream(manifest.ToJson());
        Add(tar, BackupManifest.FileName, json);
        return manifest;
    }

    private static BackupFile Add(TarWriter tar, string path, Stream content)
    {
        var sha256 = Hash(content);
        Write(tar, path, content);
        return new BackupFile(path, content.Length, sha256);
    }

    private static string Hash(Stream content)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        content.Position = 0;
        return sha256;
    }

    private static void Write(TarWriter tar, string path, Stream content) => tar.WriteEntry(
        new PaxTarEntry(TarEntryType.RegularFile, path)
        {
            DataStream = content,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        });

    private static void Close(List<(string Path, FileStream File)> files) => files.ForEach(file => file.File.Dispose());
}

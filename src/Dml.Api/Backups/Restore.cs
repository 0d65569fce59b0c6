using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Files;

namespace Dml.Api.Backups;

/// <summary>
/// Restores a data folder from a backup. Everything is unpacked and checked first, so a damaged archive changes nothing.
/// </summary>
internal static class Restore
{
    private const string WorkFolder = ".restore";

    // What an empty volume may contain, and what a restore leaves alone.
    private static readonly string[] Ignored = [WorkFolder, "lost+found", "lock", "keys.json", "key-uses.json", "audit.lock", "backups"];

    /// <exception cref="RestoreException">The folder is not empty, or the archive is damaged.</exception>
    public static BackupManifest Run(string archive, string dataFolder, CancellationToken cancel)
    {
        Directory.CreateDirectory(dataFolder);
        if (Directory.EnumerateFileSystemEntries(dataFolder).FirstOrDefault(path => !IsIgnored(Path.GetFileName(path))) is { } path)
        {
            throw new RestoreException(
                $"The data folder {dataFolder} is not empty: it contains {Path.GetFileName(path)}. Restore into an empty folder.");
        }

        using var alone = LockOf(dataFolder);
        var work = Path.Combine(dataFolder, WorkFolder);
        DeleteFolder(work);
        try
        {
            var manifest = Unpack(archive, work, cancel);
            FolderFlush.FlushTree(work);
            MoveInto(work, dataFolder);
            FolderFlush.Flush(dataFolder);
            return manifest;
        }
        finally
        {
            DeleteFolder(work);
        }
    }

    private static bool IsIgnored(string name) =>
        Ignored.Contains(name)
        || (name.StartsWith("audit.", StringComparison.Ordinal) && name.EndsWith(".jsonl", StringComparison.Ordinal));

    private static FileStream LockOf(string dataFolder)
    {
        try
        {
            return Database.Lock(dataFolder);
        }
        catch (SettingsException exception)
        {
            throw new RestoreException(exception.Message);
        }
    }

    private static BackupManifest Unpack(string archive, string work, CancellationToken cancel)
    {
        try
        {
            using var file = File.OpenRead(archive);
            var manifest = Extract(file, work, cancel);
            Check(work, manifest);
            return manifest;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new RestoreException($"{archive} cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception)
            when (exception is not (RestoreException or OperationCanceledException) && !OutOfSpace.Caused(exception))
        {
            // Readers throw various exceptions for damaged bytes.
            throw new RestoreException($"{archive} is damaged or not a backup: {exception.Message}", exception);
        }
    }

    private static BackupManifest Extract(FileStream file, string work, CancellationToken cancel)
    {
        using var tar = new TarReader(file);
        using var names = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var found = new List<BackupFile>();
        BackupManifest? manifest = null;
        long pictures = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            cancel.ThrowIfCancellationRequested();
            if (entry.EntryType != TarEntryType.RegularFile || !BackupPaths.IsKnown(entry.Name) || manifest is not null)
            {
                throw new RestoreException(
                    $"{file.Name} is damaged or not a backup: it contains \"{entry.Name}\", which is not expected there.");
            }

            if (entry.Name == BackupManifest.FileName)
            {
                manifest = BackupManifest.Read(entry.DataStream ?? Stream.Null);
                continue;
            }

            var written = Write(entry, Path.Combine(work, entry.Name));
            if (BackupPaths.PictureOf(entry.Name) is not { } sha256)
            {
                found.Add(written);
                continue;
            }

            if (written.Sha256 != sha256)
            {
                throw new RestoreException($"{file.Name} is damaged: the picture {sha256} does not match its name.");
            }

            names.AppendData(Encoding.ASCII.GetBytes(sha256));
            pictures++;
        }

        if (manifest is null)
        {
            throw new RestoreException($"{file.Name} is truncated or not a backup: its manifest is missing.");
        }

        if (manifest.Format != BackupManifest.KnownFormat)
        {
            throw new RestoreException(
                $"{file.Name} has the format {manifest.Format}; this version reads {BackupManifest.KnownFormat}. Use the version that "
                + $"wrote it, {manifest.Program}."
            );
        }

        if (!manifest.Files.SequenceEqual(found) || manifest.Pictures != pictures
            || manifest.PicturesSha256 != Convert.ToHexStringLower(names.GetHashAndReset()))
        {
            throw new RestoreException($"{file.Name} is damaged: its files differ from those in its manifest.");
        }

        return manifest;
    }

    private static BackupFile Write(TarEntry entry, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var target = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        entry.DataStream?.CopyTo(target);
        target.Position = 0;
        return new BackupFile(entry.Name, target.Length, Convert.ToHexStringLower(SHA256.HashData(target)));
    }

    // The hashes match at this point: this finds what was already wrong when the backup was written.
    private static void Check(string work, BackupManifest manifest)
    {
        using var copy = new CatalogueCopy(Path.Combine(work, BackupPaths.Catalogue));
        if (copy.SchemaVersion > Database.Steps.Length)
        {
            throw new RestoreException(
                $"The backup's catalogue has schema {copy.SchemaVersion}; this version supports {Database.Steps.Length}. Use a newer "
                + $"version."
            );
        }

        if (copy.Problem() is { } problem)
        {
            throw new RestoreException($"The backup's catalogue is damaged: {problem}");
        }

        var lost = manifest.Lost.Select(picture => picture.Sha256).ToHashSet();
        if (copy.CountItems() != manifest.Items
            || copy.Pictures().Any(sha256 => !lost.Contains(sha256) && !File.Exists(Path.Combine(work, BackupPaths.OfPicture(sha256)))))
        {
            throw new RestoreException("The backup lacks pictures of its catalogue.");
        }
    }

    // The catalogue last: without it an interrupted restore is not mistaken for a data folder.
    private static void MoveInto(string work, string dataFolder)
    {
        foreach (var folder in Directory.EnumerateDirectories(work))
        {
            Directory.Move(folder, Path.Combine(dataFolder, Path.GetFileName(folder)));
        }

        FolderFlush.Flush(dataFolder);
        File.Move(Path.Combine(work, BackupPaths.Catalogue), Path.Combine(dataFolder, BackupPaths.Catalogue));
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

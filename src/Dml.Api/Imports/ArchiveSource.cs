using Dml.Api.Imports.Archives;

namespace Dml.Api.Imports;

/// <summary>Reads the pictures of an archive.</summary>
/// <param name="archive">The archive, which is disposed of with the source.</param>
/// <param name="mostBytes">The largest picture in bytes.</param>
/// <param name="mostUnpacked">The most that all files may unpack to, in bytes.</param>
/// <param name="setting">The setting with that number.</param>
internal sealed class ArchiveSource(ArchiveReader archive, int mostBytes, long mostUnpacked, string setting) : ImportSource
{
    public override IEnumerable<ImportFile> Read(CancellationToken cancel)
    {
        var plan = Plan(cancel);
        (Total, Hidden, Superseded) = (plan.Count, plan.Hidden, plan.Superseded);
        foreach (var (path, entry, problem) in plan.Files.Where(file => !IsReadable(file)))
        {
            yield return problem is null && entry.Kind == EntryKind.SymbolicLink
                ? new ImportFile(path, [], LeftOut: ImportFile.Link)
                : new ImportFile(path, [], problem);
        }

        // A compressed archive cannot be read backwards, and a file with several names is read once.
        var content = new ImportContent(mostBytes);
        foreach (
            var names in plan.Files.Where(IsReadable).OrderBy(file => file.From.Offset)
                .GroupBy(file => file.From, file => file.Path, (IEqualityComparer<ArchiveEntry>)ReferenceEqualityComparer.Instance))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var file in Read(content, names.Key, names))
            {
                yield return file;
            }

            if (content.BytesRead > mostUnpacked)
            {
                Failure = $"The archive unpacks to more than {mostUnpacked} bytes ({setting}) and is not read after {names.First().Shown}.";
                yield break;
            }
        }
    }

    public override void Dispose() => archive.Dispose();

    private static bool IsReadable((ImportPath Path, ArchiveEntry From, string? Problem) file) =>
        file.Problem is null && file.From.Kind != EntryKind.SymbolicLink;

    private IEnumerable<ImportFile> Read(ImportContent content, ArchiveEntry entry, IEnumerable<ImportPath> names)
    {
        string problem;
        var isOpen = false;
        try
        {
            using var stream = archive.Open(entry);
            isOpen = true;
            ImportFile[] files = [.. content.Read(names, stream, entry.Size)];
            if (files[0].Bytes.Length == 0 || archive.ProblemOf(entry, files[0].Bytes) is not { } damage)
            {
                return files;
            }

            problem = damage;
        }
        catch (InvalidDataException exception)
        {
            problem = isOpen ? ForwardStream.Damaged : exception.Message;
        }
        catch (EndOfStreamException)
        {
            problem = EntryStream.Cut;
        }
        catch (IOException exception)
        {
            problem = $"It cannot be read from the archive (error {exception.HResult}).";
        }

        return names.Select(name => new ImportFile(name, [], problem));
    }

    private ImportPlan<ArchiveEntry> Plan(CancellationToken cancel)
    {
        var plan = new ImportPlan<ArchiveEntry>();
        var files = new Dictionary<ImportPath, ArchiveEntry>();
        foreach (var entry in archive.List(cancel))
        {
            if (entry.Kind == EntryKind.Folder)
            {
                continue;
            }

            var path = ImportPath.Of(entry.Name);
            Add(plan, files, path, entry);
            if (plan.IsFull)
            {
                Failure = $"The paths in the archive have more than {ImportPlan<ArchiveEntry>.MostCharacters} characters together, and it "
                    + $"is not read after {path.Shown}. Send several archives.";
                return plan;
            }
        }

        Failure = archive.Failure;
        return plan;
    }

    private static void Add(
        ImportPlan<ArchiveEntry> plan, Dictionary<ImportPath, ArchiveEntry> files, ImportPath path, ArchiveEntry entry)
    {
        // The names have been read, and may be long: there is no need to keep them.
        var kept = entry with { Name = default, Target = default };
        if (entry.Kind != EntryKind.HardLink)
        {
            files[path] = kept;
            plan.Add(path, kept, entry.Problem);
            return;
        }

        var target = ImportPath.Of(entry.Target);
        if (files.TryGetValue(target, out var linked))
        {
            files[path] = linked;
            plan.Add(path, linked, linked.Problem ?? entry.Problem);
        }
        else
        {
            plan.Add(path, kept, entry.Problem ?? $"It is a hard link to {target.Shown}, which does not come before it in the archive.");
        }
    }
}

using System.IO.Enumeration;
using Dml.Api.Imports.Archives;
using Dml.Files;

namespace Dml.Api.Imports;

/// <summary>Reads the pictures below a folder of this machine; links are not followed.</summary>
/// <param name="folder">The folder.</param>
/// <param name="mostBytes">The largest picture in bytes.</param>
internal sealed class FolderSource(string folder, int mostBytes) : ImportSource
{
    // What stands for bytes that are not UTF-8 in names that .NET reads from a folder.
    private const char Replacement = '\uFFFD';

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Whether <paramref name="folder"/> is below one of the roots after all links in both paths have been resolved.</summary>
    public static bool IsAllowed(string folder, IEnumerable<string> roots) =>
        roots.Any(root =>
            (Resolve(folder) + Path.DirectorySeparatorChar).StartsWith(
                Resolve(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    public override IEnumerable<ImportFile> Read(CancellationToken cancel)
    {
        var plan = Plan(cancel);
        (Total, Hidden, Superseded) = (plan.Count, plan.Hidden, plan.Superseded);
        var content = new ImportContent(mostBytes);
        foreach (var (path, found, problem) in plan.Files)
        {
            cancel.ThrowIfCancellationRequested();
            yield return problem is not null ? new ImportFile(path, [], problem)
                : found.IsLink ? new ImportFile(path, [], LeftOut: ImportFile.Link)
                : Read(content, path, found.Name);
        }
    }

    public override void Dispose()
    {
    }

    // Part by part from the top: any part of the path may be a link.
    private static string Resolve(string path)
    {
        var resolved = Path.GetPathRoot(Path.GetFullPath(path))!;
        foreach (
            var part in Path.GetFullPath(path)[resolved.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(resolved, part));
            resolved = next.LinkTarget is null ? next.FullName : next.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        }

        return resolved.TrimEnd(Path.DirectorySeparatorChar);
    }

    private ImportFile Read(ImportContent content, ImportPath path, string name)
    {
        try
        {
            using var stream = RegularFile.OpenRead(Path.Combine(folder, name));
            return content.Read([path], stream, stream.Length).Single();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ImportFile(path, [], ProblemOf(exception));
        }
    }

    private ImportPlan<Found> Plan(CancellationToken cancel)
    {
        var all = new List<Found>();
        var folders = new Stack<string>([""]);
        var hidden = 0;
        while (folders.TryPop(out var below))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                foreach (var found in FoundIn(below))
                {
                    // A hidden folder is not entered; it may be the store of a version control system.
                    if (found.IsFolder && !found.IsHidden && found.Problem is null)
                    {
                        folders.Push(found.Name);
                    }
                    else if (found.IsHidden)
                    {
                        hidden++;
                    }
                    else
                    {
                        all.Add(found);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                all.Add(new Found(below.Length == 0 ? "." : below, ProblemOf(exception)));
            }
        }

        var plan = new ImportPlan<Found> { Hidden = hidden };
        foreach (var found in all.OrderBy(found => found.Name, StringComparer.Ordinal))
        {
            plan.Add(ImportPath.Of(new EntryName(found.Name)), found, found.Problem);
        }

        return plan;
    }

    private FileSystemEnumerable<Found> FoundIn(string below) => new(
        Path.Combine(folder, below),
        (ref FileSystemEntry entry) =>
        {
            var name = Path.Combine(below, entry.FileName.ToString()).Replace(Path.DirectorySeparatorChar, '/');
            var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            var isNamed = !name.Contains(Replacement, StringComparison.Ordinal) || Path.Exists(entry.ToFullPath());
            return new Found(name, isNamed ? null : "Its name is not valid UTF-8, so that it cannot be opened. Rename it.")
            {
                IsLink = isLink,
                IsFolder = entry.IsDirectory && !isLink,
                IsHidden = (entry.Attributes & (FileAttributes.Hidden | FileAttributes.System)) != 0,
            };
        },
        Everything);

    // Not the exception's own words, which have the whole path.
    private static string ProblemOf(Exception exception) => exception switch
    {
        NotRegularFileException => exception.Message,
        FileNotFoundException or DirectoryNotFoundException => "It was deleted during the import.",
        UnauthorizedAccessException => "The service may not read it.",
        _ => $"It cannot be read (error {exception.HResult}).",
    };

    /// <summary>A file or folder that was found; <c>Name</c> is its path from the top of the import.</summary>
    private sealed record Found(string Name, string? Problem)
    {
        public bool IsFolder { get; init; }

        public bool IsLink { get; init; }

        public bool IsHidden { get; init; }
    }
}

using System.Runtime.CompilerServices;

namespace Dml.Api.Imports;

/// <summary>Reads the pictures below a folder of this machine; links are not followed.</summary>
internal static class FolderSource
{
    private static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System,
    };

    public static ImportSource Open(string folder, int mostBytes)
    {
        var leftOut = new LeftOutFiles();
        var paths = Directory.EnumerateFiles(folder, "*", Below)
            .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(leftOut.Admits)
            .Order(StringComparer.Ordinal)
            .ToList();
        return new ImportSource(paths.Count, leftOut, ReadAsync(folder, paths, mostBytes));
    }

    /// <summary>Whether <paramref name="folder"/> is below one of the roots after all links in both paths have been resolved.</summary>
    public static bool IsAllowed(string folder, IEnumerable<string> roots) =>
        roots.Any(root =>
            (Resolve(folder) + Path.DirectorySeparatorChar).StartsWith(
                Resolve(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

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

    private static async IAsyncEnumerable<ImportFile> ReadAsync(
        string folder, List<string> paths, int mostBytes, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        foreach (var path in paths)
        {
            ImportFile file;
            try
            {
                await using var stream = File.OpenRead(Path.Combine(folder, path));
                file = await ImportSource.ReadAsync(path, stream, mostBytes, cancel);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                file = new ImportFile(path, [], exception.Message);
            }

            yield return file;
        }
    }
}

using Dml.Files;

namespace Dml.Training.Data;

/// <summary>The files below a folder.</summary>
internal static class FolderFiles
{
    public static IEnumerable<DatasetFile> Of(string folder) =>
        new DirectoryInfo(folder)
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file =>
            {
                var path = file.FullName;
                return new DatasetFile(
                    Path.GetRelativePath(folder, path).Replace('\\', '/'), file.Length, file.LastWriteTimeUtc.Ticks,
                    () => RegularFile.ReadAllBytes(path));
            });
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>Datasets made of picture files.</summary>
internal static class PictureFiles
{
    public static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

    public static bool IsPicture(string path) => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>A dataset of (id, class, path). Its content key covers names, sizes and times, not the bytes: reading every byte before every run would cost more than it saves.</summary>
    public static Dataset ToDataset(string what, IEnumerable<(string Id, string Class, string Path)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pictures = new List<LabelledPicture>();
        foreach (var (id, label, path) in files.OrderBy(f => f.Id, StringComparer.Ordinal))
        {
            var file = new FileInfo(path);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}\n{label}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n")));
            pictures.Add(new(id, label, () => File.ReadAllBytes(path)));
        }
        var classes = pictures.Select(p => p.Class).Distinct().Count();
        return classes >= 2
            ? new(Convert.ToHexStringLower(hash.GetHashAndReset()), pictures)
            : throw new RecipeException($"{what}: expected pictures ({string.Join(", ", Endings)}) of at least two classes, found {pictures.Count} of {classes}.");
    }
}

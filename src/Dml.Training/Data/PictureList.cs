using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>Pictures on their way into a <see cref="Dataset"/>.</summary>
internal sealed class PictureList
{
    private readonly List<(LabelledPicture Picture, long Length, long Stamp)> _pictures = [];

    public void Add(LabelledPicture picture, long length, long stamp) => _pictures.Add((picture, length, stamp));

    /// <summary>A picture that is a file of its own, named by its path in the dataset.</summary>
    public void Add(
        DatasetFile file, string label, PicturePart part = PicturePart.Unassigned, PictureRole role = PictureRole.Both,
        Dictionary<string, string>? attributes = null, string[]? labels = null) =>
        Add(
            new(file.Name, label, file.Load)
            {
                Part = part,
                Role = role,
                Attributes = attributes ?? [],
                Labels = labels ?? [],
            },
            file.Length,
            file.Stamp);

    /// <summary>
    /// The dataset. Its content key covers names, sizes and times, not the bytes: reading every byte before every run would cost more than
    /// it saves.
    /// </summary>
    /// <param name="what">Where they were looked for, for the message.</param>
    /// <exception cref="RecipeException">Fewer than two classes.</exception>
    public Dataset ToDataset(string what)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _pictures.Sort((a, b) => string.CompareOrdinal(a.Picture.Id, b.Picture.Id));
        foreach (var (picture, length, stamp) in _pictures)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{picture.Id}\n{length}\n{stamp}\n")));
        }

        var classes = _pictures.Select(p => p.Picture.Class).Distinct().Count();
        return classes >= 2
            ? new(Convert.ToHexStringLower(hash.GetHashAndReset()), _pictures.ConvertAll(p => p.Picture))
            : throw new RecipeException(
                $"{what}: expected pictures ({DatasetFile.KnownEndings}) of at least two classes, found {_pictures.Count} of {classes}.");
    }
}

using System.Text;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>The files of a dataset on the disk: a folder, or a .tar that is read in place.</summary>
internal sealed class DatasetFiles
{
    private static readonly string[] Packed = [".tar.gz", ".tgz", ".zip", ".tar.xz", ".7z"];

    private readonly DatasetAbout _about;
    private readonly SortedDictionary<string, DatasetFile> _files = new(StringComparer.Ordinal);

    private DatasetFiles(DatasetAbout about, string path, IEnumerable<DatasetFile> files)
    {
        (_about, Path) = (about, path);
        foreach (var file in files)
        {
            _files[file.Name] = file;
        }
    }

    /// <summary>The folder or the archive, absolute.</summary>
    public string Path { get; }

    /// <summary>Every file, ordinal by name.</summary>
    public IEnumerable<DatasetFile> All => _files.Values;

    /// <summary>Opens a folder, a .tar, or the .tar beside a folder that is not there.</summary>
    /// <exception cref="RecipeException">None of them exists; the message says what is expected and where it comes from.</exception>
    public static DatasetFiles Open(DatasetAbout about, string root, string folder)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(root, folder));
        if (Directory.Exists(path))
        {
            return new(about, path, FolderFiles.Of(path));
        }

        foreach (var tar in (string[])[path, path + ".tar"])
        {
            if (File.Exists(tar) && tar.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
            {
                return new(about, tar, TarFiles.Of(about.Name, tar));
            }
        }

        var packed = Packed
            .Select(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase) ? path : path + ending)
            .FirstOrDefault(File.Exists);
        throw new RecipeException(
            Expected(
                about,
                path,
                packed is null
                    ? "there is neither a folder nor a .tar. Set \"folder\" in the recipe's dataset, or get it"
                    : $"there is only {packed}, which cannot be read in place: unpack it there "
                        + $"({(packed.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? "unzip" : "tar xf")}) or repack it as a "
                        + $".tar. It comes"));
    }

    /// <summary>Whether the file is there.</summary>
    public bool Has(string name) => _files.ContainsKey(name);

    /// <summary>The file.</summary>
    /// <exception cref="RecipeException">It is not there.</exception>
    public DatasetFile Get(string name) => _files.GetValueOrDefault(name) ?? throw Damaged($"{name} is missing.");

    /// <summary>The first of these names that is there.</summary>
    /// <exception cref="RecipeException">None is.</exception>
    public DatasetFile First(params string[] names) =>
        _files.GetValueOrDefault(names.FirstOrDefault(Has) ?? "") ?? throw Damaged($"{string.Join(" or ", names)} is missing.");

    /// <summary>Pictures below a folder, ordinal by name.</summary>
    public IEnumerable<DatasetFile> PicturesUnder(string folder) =>
        All.Where(f => f.IsPicture && f.Name.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>The lines of a table without those that are empty, split into the columns that the form names.</summary>
    /// <param name="file">A text file in UTF-8.</param>
    /// <param name="form">The columns as a person writes them, such as <c>image_id image_name</c>.</param>
    /// <param name="separator">Between columns; null is any white space.</param>
    /// <param name="skip">Lines at the top that are not rows.</param>
    /// <exception cref="RecipeException">A line with another number of columns.</exception>
    public IEnumerable<string[]> Rows(DatasetFile file, string form, char? separator = null, int skip = 0)
    {
        var columns = Split(form, separator).Length;
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(file.Load()).Split('\n').Select(l => l.TrimEnd('\r')))
        {
            number++;
            if (number <= skip || line.Length == 0)
            {
                continue;
            }

            var fields = Split(line, separator);
            yield return fields.Length == columns
                ? fields
                : throw Damaged($"{file.Name}, line {number}: expected '{form}', found '{line}'.");
        }
    }

    /// <summary>What to throw when the set is not as its authors made it.</summary>
    /// <param name="fault">A whole sentence.</param>
    public RecipeException Damaged(string fault) => new(Expected(_about, Path, $"{fault} The set comes"));

    private static string[] Split(string line, char? separator) => separator is { } one
        ? [.. line.Split(one).Select(f => f.Trim())]
        : line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Expected(DatasetAbout about, string path, string found)
        => $"{about.Name}: expected in {path}\n  {string.Join("\n  ", about.Layout)}\nbut {found} from: {about.Source}";
}

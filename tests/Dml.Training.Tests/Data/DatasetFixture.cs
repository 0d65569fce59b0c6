using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

/// <summary>A dataset in a temporary folder, laid out as its authors did.</summary>
internal sealed class DatasetFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _pictures;

    public string Root => _folder.Path;

    /// <summary>Writes a picture of its own; the ending decides the format.</summary>
    public byte[] Picture(string name)
    {
        using var image = VipsImage.FromRgb(TinyPictures.Rgb(8, _pictures % 7, _pictures++), 8, 8);
        return Bytes(
            name, image.Encode(name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? PictureFormat.Png : PictureFormat.Jpeg));
    }

    public void Text(string name, params string[] lines) =>
        Bytes(name, System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));

    public byte[] Bytes(string name, byte[] content)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return content;
    }

    public Dataset Open(string name, JsonObject? options = null) =>
        Catalogue.Find("dataset", DatasetCatalogue.All, name).Make(options)(Root);

    /// <summary>Opening fails; what it says.</summary>
    public string Fault(string name, JsonObject? options = null) => Assert.Throws<RecipeException>(() => Open(name, options)).Message;

    /// <summary>The same files in a .tar in place of the folder.</summary>
    public void Pack(string name)
    {
        System.Formats.Tar.TarFile.CreateFromDirectory(_folder.File(name), _folder.File(name + ".tar"), includeBaseDirectory: true);
        Directory.Delete(_folder.File(name), recursive: true);
    }

    public void Dispose() => _folder.Dispose();
}

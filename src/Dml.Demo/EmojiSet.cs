using System.Text.Json;

namespace Dml.Demo;

/// <summary>The emoji of one vendor, from an <c>@iconify-json</c> package, and their credits.</summary>
public sealed class EmojiSet
{
    private readonly string _path;

    private EmojiSet(string folder, string name)
    {
        Name = name;
        _path = Path.Combine(folder, name, "icons.json");
        using var info = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name, "info.json")));
        var author = info.RootElement.GetProperty("author");
        var license = info.RootElement.GetProperty("license");
        Title = Text(info.RootElement, "name");
        Author = Text(author, "name");
        AuthorUrl = Text(author, "url");
        License = Text(license, "title");
        LicenseUrl = Text(license, "url");
    }

    /// <summary>The package's name, for example <c>noto-v1</c>.</summary>
    public string Name { get; }

    /// <summary>The vendor's name of the set.</summary>
    public string Title { get; }

    /// <summary>The author of the drawings.</summary>
    public string Author { get; }

    /// <summary>The author's address; empty if unknown.</summary>
    public string AuthorUrl { get; }

    /// <summary>Title of the license.</summary>
    public string License { get; }

    /// <summary>Address of the license's text; empty if unknown.</summary>
    public string LicenseUrl { get; }

    /// <summary>The drawing area of icons that do not state one.</summary>
    internal EmojiViewBox ViewBox { get; private set; }

    /// <summary>Opens a set and lists its icons. The drawings themselves are read when they are rendered.</summary>
    internal static EmojiSet Open(string folder, string name, List<EmojiIcon> icons)
    {
        EmojiSet set = new(folder, name);
        var json = File.ReadAllBytes(set._path);
        Utf8JsonReader reader = new(json);
        var box = EmojiViewBox.Default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var property = reader.GetString()!;
            reader.Read();
            if (property == "icons")
            {
                ListIcons(ref reader, set, icons);
            }
            else if (reader.TokenType == JsonTokenType.Number)
            {
                box = box.With(property, reader.GetDouble());
            }
            else
            {
                reader.Skip();
            }
        }

        set.ViewBox = box;
        return set;
    }

    /// <summary>Reads one icon's JSON object.</summary>
    internal JsonDocument Read(EmojiIcon icon)
    {
        var json = new byte[icon.Length];
        using var stream = File.OpenRead(_path);
        stream.Position = icon.Offset;
        stream.ReadExactly(json);
        return JsonDocument.Parse(json);
    }

    private static void ListIcons(ref Utf8JsonReader reader, EmojiSet set, List<EmojiIcon> icons)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = reader.TokenStartIndex;
            reader.Skip();
            icons.Add(new EmojiIcon(set, name, start, (int)(reader.BytesConsumed - start)));
        }
    }

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}

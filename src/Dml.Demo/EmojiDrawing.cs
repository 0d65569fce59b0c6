using System.Text;
using System.Text.Json;
using Dml.Embedding;

namespace Dml.Demo;

/// <summary>One vendor's drawing of one concept.</summary>
public sealed record EmojiDrawing
{
    private readonly EmojiIcon _icon;

    internal EmojiDrawing(EmojiIcon icon, string concept)
    {
        _icon = icon;
        Id = $"{icon.Set.Name}.{icon.Name}";
        Concept = concept;
    }

    /// <summary>Set and name, for example <c>noto.red-apple</c>: the item id in the service.</summary>
    public string Id { get; }

    /// <summary>What the drawing shows, for example <c>red-apple</c>.</summary>
    public string Concept { get; }

    /// <summary>The vendor's set, for example <c>noto</c>.</summary>
    public string Set => _icon.Set.Name;

    /// <summary>Renders the drawing on white; parts without a colour are black. May be called from any thread.</summary>
    /// <param name="size">Side of the square in pixels, 1 to 2048.</param>
    /// <returns>A PNG file.</returns>
    public byte[] RenderPng(int size)
    {
        using var picture = Render(size);
        return picture.Encode(PictureFormat.Png);
    }

    /// <summary>Renders the drawing without encoding it.</summary>
    /// <param name="size">Side of the square in pixels, 1 to 2048.</param>
    /// <returns>A square picture in memory.</returns>
    public VipsImage Render(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 2048);
        using var icon = _icon.Set.Read(_icon);
        var box = _icon.Set.ViewBox;
        foreach (var property in icon.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number)
            {
                box = box.With(property.Name, property.Value.GetDouble());
            }
        }

        var body = icon.RootElement.GetProperty("body").GetString()!;
        var svg = $"""
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
                 width="{size}" height="{size}" viewBox="{box}" color="black">{body}</svg>
            """;
        return VipsImage.DrawSvg(Encoding.UTF8.GetBytes(svg));
    }
}

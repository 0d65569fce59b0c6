using System.Globalization;

namespace Dml.Demo;

/// <summary>The drawing area of an icon in its own units.</summary>
internal readonly record struct EmojiViewBox(double Left, double Top, double Width, double Height)
{
    /// <summary>The default of the Iconify format, if neither the icon nor the set states an area.</summary>
    internal static EmojiViewBox Default => new(0, 0, 16, 16);

    internal EmojiViewBox With(string property, double value) => property switch
    {
        "left" => this with { Left = value },
        "top" => this with { Top = value },
        "width" => this with { Width = value },
        "height" => this with { Height = value },
        _ => this,
    };

    /// <summary>The value of the attribute <c>viewBox</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Left} {Top} {Width} {Height}");
}

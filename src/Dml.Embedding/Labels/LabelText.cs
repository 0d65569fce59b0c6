using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding.Labels;

/// <summary>
/// The form that labels have everywhere, in the service and in every training run: without white space around them, and composed
/// (<see cref="ComposedText"/>). Two that look the same are one class then, and have one hash.
/// </summary>
public static class LabelText
{
    /// <summary>Returns the label in that form.</summary>
    /// <returns>False when the text has half of a surrogate pair (<see cref="ComposedText.Rule"/>).</returns>
    public static bool TryClean(string text, [NotNullWhen(true)] out string? label) => ComposedText.TryCompose(text.Trim(), out label);

    /// <summary>The same; text that is not valid Unicode stays as it is.</summary>
    public static string Clean(string text) => TryClean(text, out var label) ? label : text;
}

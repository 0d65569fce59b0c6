using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Embedding.Labels;

/// <summary>Text in Unicode's Normalization Form C (UAX #15), in which equal text has equal characters.</summary>
/// <remarks>
/// Without ICU (<c>InvariantGlobalization</c>), <see cref="string.Normalize()"/> returns its text unchanged. GLib knows the form too, and
/// libvips contains GLib on every platform.
/// </remarks>
public static unsafe class ComposedText
{
    /// <summary>Why text is refused.</summary>
    public const string Rule = "The text is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.";

    // G_NORMALIZE_DEFAULT_COMPOSE.
    private const int FormC = 1;

    private static readonly delegate* unmanaged<byte*, nint, int, byte*> Normalize;
    private static readonly delegate* unmanaged<byte*, void> Free;

    static ComposedText()
    {
        Libvips.Load();
        var library = NativeLibrary.Load(
            OperatingSystem.IsWindows() ? "libvips-42.dll" : OperatingSystem.IsMacOS() ? "libvips.42.dylib" : "libvips.so.42",
            Assembly.GetExecutingAssembly(),
            DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory);
        Normalize = (delegate* unmanaged<byte*, nint, int, byte*>)NativeLibrary.GetExport(library, "g_utf8_normalize");
        Free = (delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(library, "g_free");
    }

    /// <summary>Returns the text in form C.</summary>
    /// <returns>False when the text has half of a surrogate pair (<see cref="Rule"/>).</returns>
    public static bool TryCompose(string text, [NotNullWhen(true)] out string? composed)
    {
        // GLib takes NUL for the end.
        composed = Ascii.IsValid(text) ? text
            : !IsUnicode(text) ? null
            : text.Contains('\0', StringComparison.Ordinal) ? string.Join('\0', text.Split('\0').Select(Compose))
            : Compose(text);
        return composed is not null;
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return false;
            }

            i += rune.Utf16SequenceLength;
        }

        return true;
    }

    private static string Compose(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        fixed (byte* bytes = utf8)
        {
            var composed = Normalize(bytes, utf8.Length, FormC);
            try
            {
                return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(composed));
            }
            finally
            {
                Free(composed);
            }
        }
    }
}

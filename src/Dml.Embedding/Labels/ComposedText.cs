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
    // G_NORMALIZE_DEFAULT_COMPOSE.
    private const int FormC = 1;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly delegate* unmanaged<byte*, nint, int, byte*> Normalize;
    private static readonly delegate* unmanaged<byte*, void> Free;

    static ComposedText()
    {
        var name = OperatingSystem.IsWindows() ? "libvips-42.dll" : OperatingSystem.IsMacOS() ? "libvips.42.dylib" : "libvips.so.42";
        Libvips.Load();
        var library = NativeLibrary.Load(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories
            | DllImportSearchPath.AssemblyDirectory);
        Normalize = (delegate* unmanaged<byte*, nint, int, byte*>)NativeLibrary.GetExport(library, "g_utf8_normalize");
        Free = (delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(library, "g_free");
    }

    /// <summary>Returns the text in form C.</summary>
    /// <exception cref="ArgumentException">The text has half of a surrogate pair.</exception>
    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        // GLib takes NUL for the end.
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return string.Join('\0', text.Split('\0').Select(Of));
        }

        var utf8 = Strict.GetBytes(text);
        fixed (byte* bytes = utf8)
        {
            var composed = Normalize(bytes, utf8.Length, FormC);
            if (composed is null)
            {
                throw new ArgumentException("The text is not valid Unicode.", nameof(text));
            }

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

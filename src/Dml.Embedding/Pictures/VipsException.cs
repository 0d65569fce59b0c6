using System.Runtime.InteropServices;
using Dml.Embedding.Libvips;

namespace Dml.Embedding;

/// <summary>libvips refused an operation or could not read its input.</summary>
public sealed class VipsException : Exception
{
    private VipsException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Takes libvips' messages and empties its buffer. The buffer belongs to the whole process: under load the text
    /// may speak of another thread's picture, so it is for developers and never part of an answer to a caller.
    /// </summary>
    internal static VipsException FromLibrary()
    {
        var text = Vips.vips_error_buffer_copy();
        var message = Marshal.PtrToStringUTF8(text)?.Trim() ?? "";
        Vips.g_free(text);
        return new VipsException(message.Length > 0 ? message : "libvips failed without a message.");
    }
}

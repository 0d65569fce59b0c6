using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Embedding.Libvips;

/// <summary>
/// The C functions of libvips and GObject that we call, all without variable argument lists. The first use loads
/// and configures the library for the whole process.
/// </summary>
internal static unsafe partial class Vips
{
    private const string Library = "vips";

    // Fundamental GTypes are their number shifted by two (gtype.h).
    internal const nuint IntType = 6 << 2;
    internal const nuint DoubleType = 15 << 2;

    internal static readonly nuint ImageType;
    internal static readonly nuint BlobType;
    internal static readonly nuint DoubleArrayType;

    static Vips()
    {
        NativeLibrary.SetDllImportResolver(typeof(Vips).Assembly, Resolve);
        fixed (byte* name = "dml"u8)
        {
            if (vips_init(name) != 0)
            {
                throw VipsException.FromLibrary();
            }
        }

        g_log_set_default_handler(&IgnoreMessage, 0);
        g_log_set_writer_func(&IgnoreStructuredMessage, 0, 0);
        // Operations are cached by the address of their input, and our inputs are pinned managed arrays that move.
        vips_cache_set_max(0);
        // Parallelism comes from one picture per core; threads within one picture would only fight each other.
        vips_concurrency_set(1);
        vips_block_untrusted_set(1);
        Block("VipsForeignLoad"u8, true);
        Block("VipsForeignLoadJpeg"u8, false);
        Block("VipsForeignLoadPng"u8, false);
        Block("VipsForeignLoadWebp"u8, false);
        Block("VipsForeignLoadNsgif"u8, false);
        ImageType = vips_image_get_type();
        BlobType = vips_blob_get_type();
        DoubleArrayType = vips_array_double_get_type();
    }

    /// <summary>Bytes that libvips holds for pixels at the moment, in the whole process.</summary>
    internal static long TrackedBytes => (long)vips_tracked_get_mem();

    /// <summary>The most that <see cref="TrackedBytes"/> ever was.</summary>
    internal static long HighestTrackedBytes => (long)vips_tracked_get_mem_highwater();

    /// <summary>
    /// Lets the SVG loader run. Everything that comes from outside is opened by a loader we name after looking at
    /// its first bytes, never by one that libvips guesses, so this opens no way for foreign SVG.
    /// </summary>
    internal static void AllowSvg() => Block("VipsForeignLoadSvg"u8, false);

    private static void Block(ReadOnlySpan<byte> className, bool blocked)
    {
        fixed (byte* name = className)
        {
            vips_operation_block_set(name, blocked ? 1 : 0);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        var file = OperatingSystem.IsWindows() ? "libvips-42.dll" : OperatingSystem.IsMacOS() ? "libvips.42.dylib" : "libvips.so.42";
        return NativeLibrary.TryLoad(file, assembly, path, out var handle)
            ? handle
            : throw new DllNotFoundException(
                $"{file} is neither beside this program nor installed. Build for this system (dotnet publish -r {RuntimeInformation.RuntimeIdentifier}), or install libvips.");
    }

    // GLib would write its warnings about damaged pictures to our standard error.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void IgnoreMessage(byte* domain, int level, byte* message, nint data)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int IgnoreStructuredMessage(int level, nint fields, nuint count, nint data) => 1;

    [LibraryImport(Library)]
    private static partial int vips_init(byte* programName);

    [LibraryImport(Library)]
    private static partial void g_log_set_default_handler(delegate* unmanaged[Cdecl]<byte*, int, byte*, nint, void> handler, nint data);

    [LibraryImport(Library)]
    private static partial void g_log_set_writer_func(delegate* unmanaged[Cdecl]<int, nint, nuint, nint, int> writer, nint data, nint free);

    [LibraryImport(Library)]
    private static partial void vips_cache_set_max(int count);

    [LibraryImport(Library)]
    private static partial void vips_concurrency_set(int threads);

    [LibraryImport(Library)]
    private static partial void vips_block_untrusted_set(int blocked);

    [LibraryImport(Library)]
    private static partial void vips_operation_block_set(byte* className, int blocked);

    [LibraryImport(Library)]
    private static partial nuint vips_tracked_get_mem();

    [LibraryImport(Library)]
    private static partial nuint vips_tracked_get_mem_highwater();

    [LibraryImport(Library)]
    internal static partial nint vips_error_buffer_copy();

    [LibraryImport(Library)]
    internal static partial void g_free(nint memory);

    [LibraryImport(Library)]
    internal static partial nint g_object_ref(nint instance);

    [LibraryImport(Library)]
    internal static partial void g_object_unref(nint instance);

    [LibraryImport(Library)]
    internal static partial void g_object_set_property(nint instance, byte* name, GValue* value);

    [LibraryImport(Library)]
    internal static partial void g_object_get_property(nint instance, byte* name, GValue* value);

    [LibraryImport(Library)]
    internal static partial nint g_value_init(GValue* value, nuint type);

    [LibraryImport(Library)]
    internal static partial void g_value_unset(GValue* value);

    [LibraryImport(Library)]
    internal static partial void g_value_set_object(GValue* value, nint instance);

    [LibraryImport(Library)]
    internal static partial nint g_value_get_object(GValue* value);

    [LibraryImport(Library)]
    internal static partial nint g_value_get_boxed(GValue* value);

    [LibraryImport(Library)]
    internal static partial void g_value_set_int(GValue* value, int number);

    [LibraryImport(Library)]
    internal static partial void g_value_set_double(GValue* value, double number);

    [LibraryImport(Library)]
    internal static partial void vips_value_set_blob(GValue* value, nint free, void* data, nuint length);

    [LibraryImport(Library)]
    internal static partial void vips_value_set_array_double(GValue* value, double* numbers, int count);

    [LibraryImport(Library)]
    internal static partial byte* vips_blob_get(nint blob, nuint* length);

    [LibraryImport(Library)]
    private static partial nuint vips_blob_get_type();

    [LibraryImport(Library)]
    private static partial nuint vips_image_get_type();

    [LibraryImport(Library)]
    private static partial nuint vips_array_double_get_type();

    [LibraryImport(Library)]
    internal static partial nint vips_operation_new(byte* nickname);

    [LibraryImport(Library)]
    internal static partial int vips_object_set_argument_from_string(nint instance, byte* name, byte* value);

    [LibraryImport(Library)]
    internal static partial int vips_cache_operation_buildp(nint* operation);

    [LibraryImport(Library)]
    internal static partial void vips_object_unref_outputs(nint operation);

    [LibraryImport(Library)]
    internal static partial nint vips_image_new_from_memory_copy(void* data, nuint length, int width, int height, int bands, int format);

    [LibraryImport(Library)]
    internal static partial nint vips_image_new_matrix_from_array(int width, int height, double* numbers, int count);

    [LibraryImport(Library)]
    internal static partial nint vips_image_copy_memory(nint image);

    [LibraryImport(Library)]
    internal static partial nint vips_region_new(nint image);

    [LibraryImport(Library)]
    internal static partial byte* vips_region_fetch(nint region, int left, int top, int width, int height, nuint* length);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_width(nint image);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_height(nint image);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_bands(nint image);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_format(nint image);

    [LibraryImport(Library)]
    internal static partial nuint vips_image_get_typeof(nint image, byte* field);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_interpretation(nint image);

    [LibraryImport(Library)]
    internal static partial int vips_image_hasalpha(nint image);

    [LibraryImport(Library)]
    internal static partial int vips_image_get_orientation_swap(nint image);
}

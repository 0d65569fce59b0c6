using static Dml.Embedding.Libvips.Vips;

namespace Dml.Embedding.Libvips;

/// <summary>
/// One libvips operation: named, given its arguments, run once. Names are UTF-8 literals, which end in a zero byte.
/// Running or a failing argument releases it.
/// </summary>
internal sealed unsafe class VipsOperation
{
    private nint _operation;

    internal VipsOperation(ReadOnlySpan<byte> nickname)
    {
        fixed (byte* name = nickname)
        {
            _operation = vips_operation_new(name);
        }

        if (_operation == 0)
        {
            throw VipsException.FromLibrary();
        }
    }

    internal VipsOperation Set(ReadOnlySpan<byte> name, VipsImage image)
    {
        GValue value = default;
        g_value_init(&value, ImageType);
        g_value_set_object(&value, image.Pointer);
        GC.KeepAlive(image);
        return SetProperty(name, &value);
    }

    /// <summary>The bytes must stay where they are until every image that comes from them is disposed.</summary>
    internal VipsOperation Set(ReadOnlySpan<byte> name, byte* data, int length)
    {
        GValue value = default;
        g_value_init(&value, BlobType);
        vips_value_set_blob(&value, 0, data, (nuint)length);
        return SetProperty(name, &value);
    }

    internal VipsOperation Set(ReadOnlySpan<byte> name, int number)
    {
        GValue value = default;
        g_value_init(&value, IntType);
        g_value_set_int(&value, number);
        return SetProperty(name, &value);
    }

    internal VipsOperation Set(ReadOnlySpan<byte> name, double number)
    {
        GValue value = default;
        g_value_init(&value, DoubleType);
        g_value_set_double(&value, number);
        return SetProperty(name, &value);
    }

    internal VipsOperation Set(ReadOnlySpan<byte> name, ReadOnlySpan<double> numbers)
    {
        GValue value = default;
        g_value_init(&value, DoubleArrayType);
        fixed (double* first = numbers)
        {
            vips_value_set_array_double(&value, first, numbers.Length);
        }

        return SetProperty(name, &value);
    }

    /// <summary>Anything that libvips reads from text: enumerations by nickname, truth values, arrays of integers.</summary>
    internal VipsOperation Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        fixed (byte* nameStart = name, textStart = text)
        {
            if (vips_object_set_argument_from_string(_operation, nameStart, textStart) != 0)
            {
                Release();
                throw VipsException.FromLibrary();
            }
        }

        return this;
    }

    /// <summary>Runs the operation; the image it returns is lazy, its pixels come when they are asked for.</summary>
    internal VipsImage Run()
    {
        Build();
        try
        {
            var value = Output("out"u8, ImageType);
            var image = g_object_ref(g_value_get_object(&value));
            g_value_unset(&value);
            return new VipsImage(image);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Runs a saver and copies the file it made.</summary>
    internal byte[] RunToBytes()
    {
        Build();
        try
        {
            var value = Output("buffer"u8, BlobType);
            nuint length;
            var data = vips_blob_get(g_value_get_boxed(&value), &length);
            var file = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
            g_value_unset(&value);
            return file;
        }
        finally
        {
            Release();
        }
    }

    private void Build()
    {
        fixed (nint* operation = &_operation)
        {
            if (vips_cache_operation_buildp(operation) != 0)
            {
                Release();
                throw VipsException.FromLibrary();
            }
        }
    }

    private GValue Output(ReadOnlySpan<byte> name, nuint type)
    {
        GValue value = default;
        g_value_init(&value, type);
        fixed (byte* nameStart = name)
        {
            g_object_get_property(_operation, nameStart, &value);
        }

        return value;
    }

    private VipsOperation SetProperty(ReadOnlySpan<byte> name, GValue* value)
    {
        fixed (byte* nameStart = name)
        {
            g_object_set_property(_operation, nameStart, value);
        }

        g_value_unset(value);
        return this;
    }

    private void Release()
    {
        vips_object_unref_outputs(_operation);
        g_object_unref(_operation);
        _operation = 0;
    }
}

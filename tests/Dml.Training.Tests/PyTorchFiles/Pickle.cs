using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dml.Training.Tests.PyTorchFiles;

/// <summary>Writes pickles instruction by instruction, also such as nobody should write.</summary>
internal sealed class Pickle
{
    private readonly List<byte> _bytes = [];

    internal Pickle() => Raw("\x80\x02");

    internal byte[] Bytes => [.. _bytes];

    /// <summary>Characters as bytes.</summary>
    internal Pickle Raw(string instructions)
    {
        _bytes.AddRange(Encoding.Latin1.GetBytes(instructions));
        return this;
    }

    internal Pickle Global(string module, string name) => Raw($"c{module}\n{name}\n");

    internal Pickle Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Raw("X");
        _bytes.AddRange(BitConverter.GetBytes(bytes.Length));
        _bytes.AddRange(bytes);
        return this;
    }

    internal Pickle Number(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        Raw("\x8a\x08");
        _bytes.AddRange(bytes);
        return this;
    }

    internal Pickle Numbers(params long[] numbers)
    {
        Raw("(");
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Raw("t");
    }

    internal Pickle Storage(string key, long count, string type = "FloatStorage") =>
        Raw("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Number(count).Raw("tQ");

    /// <summary>A tensor on storage 0.</summary>
    internal Pickle Tensor(long claimed, long offset, long[] shape, long[] strides, string type = "FloatStorage") =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw("(").Storage("0", claimed, type).Number(offset).Numbers(shape).Numbers(strides)
            .Raw("\x89").Global("collections", "OrderedDict").Raw(")RtR");

    /// <summary>A dictionary with one entry, which <paramref name="value"/> writes.</summary>
    internal static Pickle Entry(Func<Pickle, Pickle> value) => value(new Pickle().Raw("}").Text("w")).Raw("s.");

    /// <summary>A file with this pickle and one storage.</summary>
    internal void Save(string path, byte[] storage, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add(archive, "x/data.pkl", Bytes, CompressionLevel.NoCompression);
        Add(archive, "x/data/0", storage, compression);
    }

    private static void Add(ZipArchive archive, string name, byte[] content, CompressionLevel compression)
    {
        using var entry = archive.CreateEntry(name, compression).Open();
        entry.Write(content);
    }
}

using System.Buffers.Binary;
using System.Text;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("x.safetensors");

    [Fact]
    public void What_is_written_is_read()
    {
        var content = new SafetensorsContent(
            new Dictionary<string, SafetensorsTensor>
            {
                ["b.weight"] = SafetensorsTensor.From([1f, -2.5f, float.NaN, float.NegativeInfinity, 0f, 3e-40f], 2, 3),
                ["a"] = SafetensorsTensor.From([long.MinValue, 7], 2),
                ["scalar"] = SafetensorsTensor.From([4f]),
                ["empty"] = SafetensorsTensor.From(Array.Empty<float>(), 0, 5),
            },
            new Dictionary<string, string> { ["source"] = "a test \"quoted\"" });
        SafetensorsFile.Save(Target, content);
        var read = SafetensorsFile.Load(Target);
        Assert.Equal(content.Metadata, read.Metadata);
        Assert.Equal(content.Tensors.Keys.Order(), read.Tensors.Keys.Order());
        foreach (var (name, tensor) in content.Tensors)
        {
            Assert.Equal(tensor.Type, read.Tensors[name].Type);
            Assert.Equal(tensor.Shape, read.Tensors[name].Shape);
            Assert.Equal(tensor.Data, read.Tensors[name].Data);
        }

        Assert.Equal([long.MinValue, 7], read.Tensors["a"].ToLongs());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        WriteRaw("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", [0, 0, 128, 63]);
        Assert.Equal([1f], SafetensorsFile.Load(Target).Tensors["t"].ToFloats());
    }

    [Fact]
    public void Half_and_bfloat16_widen()
    {
        WriteRaw("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}""",
            [0x00, 0x3C, 0x00, 0xC0, 0x80, 0x3F, 0x20, 0xC1]);
        var read = SafetensorsFile.Load(Target).Tensors;
        Assert.Equal([1f, -2f], read["h"].ToFloats());
        Assert.Equal([1f, -10f], read["b"].ToFloats());
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3)]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5)]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8)]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4)]
    [InlineData("""{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"t":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"t":{"dtype":"0","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"t":{"shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4)]
    [InlineData("""{"t":[1]}""", 0)]
    [InlineData("""{"t":null}""", 0)]
    [InlineData("""[]""", 0)]
    [InlineData("""{"t":""", 0)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4)]
    public void A_wrong_header_is_a_clear_error(string header, int dataBytes)
    {
        WriteRaw(header, new byte[dataBytes]);
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Load(Target));
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_a_clear_error()
    {
        SafetensorsFile.Save(Target, new SafetensorsContent(
            new Dictionary<string, SafetensorsTensor> { ["t"] = SafetensorsTensor.From([1f, 2f], 2) }, new Dictionary<string, string>()));
        var whole = File.ReadAllBytes(Target);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Target, whole[..length]);
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.Load(Target));
        }
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused_before_memory_is_asked_for()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(Target, bytes);
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Load(Target));
    }

    public void Dispose() => _folder.Dispose();

    private void WriteRaw(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        File.WriteAllBytes(Target, [.. prefix, .. json, .. data]);
    }
}

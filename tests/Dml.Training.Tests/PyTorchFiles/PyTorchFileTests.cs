using System.IO.Compression;
using Dml.Training.PyTorchFiles;
using Dml.Training.Weights;

namespace Dml.Training.Tests.PyTorchFiles;

/// <summary>Against files that PyTorch wrote (Written/README.md says how), and against files that nobody should write.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Folder, "tests", "Dml.Training.Tests", "PyTorchFiles", "Written");
    private static readonly float[] Base = [.. Enumerable.Range(0, 24).Select(i => i / 8f)];
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Written => ["plain.pth", "checkpoint.pth", "legacy.pth", "protocol4.pth"];

    private string Target => _folder.File("weights.pth");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Written))]
    public void Tensors_of_every_type_and_view_are_read(string name)
    {
        var tensors = Read(Path.Combine(Folder, name));
        Dictionary<string, (long[] Shape, float[] Values)> expected = new()
        {
            ["float"] = ([4, 6], Base),
            ["half"] = ([4, 6], [.. Base.Select(v => 2 * v)]),
            ["bfloat"] = ([4, 6], [.. Base.Select(v => 4 * v)]),
            ["double"] = ([4, 6], [.. Base.Select(v => 8 * v)]),
            ["long"] = ([3], [1, -2, 1L << 40]),
            ["int"] = ([3], [1, -2, 3]),
            ["short"] = ([2], [4, -5]),
            ["char"] = ([2], [6, -7]),
            ["byte"] = ([2], [8, 255]),
            ["bool"] = ([2], [1, 0]),
            ["scalar"] = ([], [2.5f]),
            ["empty"] = ([0, 3], []),
            ["transposed"] = ([6, 4], [.. Enumerable.Range(0, 24).Select(i => Base[(i % 4 * 6) + (i / 4)])]),
            ["part"] = ([2, 3], [Base[8], Base[9], Base[10], Base[14], Base[15], Base[16]]),
            ["column"] = ([4], [Base[1], Base[7], Base[13], Base[19]]),
            ["parameter"] = ([2], [3, 3]),
            ["whole"] = ([4, 6], Base),
        };
        Assert.Equal(expected.Keys.Order(), tensors.Keys.Order());
        Assert.All(expected, tensor =>
        {
            Assert.Equal(tensor.Value.Shape, tensors[tensor.Key].Shape);
            Assert.Equal(tensor.Value.Values, tensors[tensor.Key].ToFloats());
        });
        Assert.Equal([1, -2, 1L << 40], tensors["long"].ToLongs());
    }

    [Fact]
    public void A_network_that_TorchScript_saved_has_the_names_of_its_state()
    {
        var tensors = Read(Path.Combine(Folder, "script.pt"));
        Assert.Equal(["steps.0.bias", "steps.0.weight", "visual.count", "visual.weight"], tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(SafetensorsType.F16, tensors["visual.weight"].Type);
        Assert.Equal(Base[..12], tensors["visual.weight"].ToFloats());
        Assert.Equal([2, 6], tensors["steps.0.weight"].Shape);
        Assert.Equal([3], tensors["visual.count"].ToLongs());
    }

    [Theory]
    [InlineData("evil.pth", "posix.system")]
    [InlineData("module.pth", "torch.nn.modules.linear.Linear")]
    [InlineData("namespace.pth", "argparse.Namespace")]
    public void What_is_no_tensor_is_refused_by_name_and_never_run(string file, string name)
    {
        var error = Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(Path.Combine(Folder, file)));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/dml-ran-a-pickle"));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch", "QuantizedStorage")]
    [InlineData("torch", "1Storage")]
    [InlineData("torch._utils", "_rebuild_tensor_v3")]
    [InlineData("numpy.core.multiarray", "scalar")]
    public void Names_outside_the_list_are_refused(string module, string name)
    {
        Refused(Pickle.Entry(p => p.Global(module, name).Raw("(").Text("echo").Raw("tR")), $"'{module}.{name}'");
        Refused(Pickle.Entry(p => p.Text(module).Text(name).Raw("\x93")), $"'{module}.{name}'");
    }

    [Theory]
    [InlineData("i", "0x69")]
    [InlineData("P", "0x50")]
    [InlineData("\x82\x01", "0x82")]
    [InlineData("I1\n", "0x49")]
    public void Instructions_outside_the_list_are_refused(string instruction, string shown) =>
        Refused(Pickle.Entry(p => p.Raw(instruction)), shown);

    [Theory]
    [InlineData(1L << 38, "claims 274877906944 elements")]
    [InlineData(1L << 62, "claims 4611686018427387904 elements")]
    [InlineData(-1L, "describes a storage")]
    [InlineData(5L, "claims 5 elements")]
    [InlineData(3L, "claims 3 elements")]
    public void A_storage_that_claims_another_length_is_refused(long count, string reason) =>
        Refused(Pickle.Entry(p => p.Tensor(count, 0, [2], [1])), reason);

    [Fact]
    public void A_view_stays_inside_its_storage_and_repeats_nothing()
    {
        foreach (var (offset, shape, strides) in new (long, long[], long[])[]
        {
            (0, [5], [1]),
            (1, [4], [1]),
            (-1, [2], [1]),
            (0, [2, 2], [3, 1]),
            (0, [2], [-1]),
            (0, [-2], [1]),
            (0, [2], [1, 1]),
            (0, [1L << 40], [0]),
            (0, [3], [long.MaxValue]),
            (long.MaxValue, [2], [long.MaxValue]),
            (0, [1L << 32, 1L << 32], [1, 1]),
            (0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]),
        })
        {
            Refused(Pickle.Entry(p => p.Tensor(4, offset, shape, strides)), "tensor");
        }

        Pickle.Entry(p => p.Tensor(4, 1, [2, 1], [2, 7])).Save(Target, Floats(1, 2, 3, 4));
        Assert.Equal([2, 4], Read(Target)["w"].ToFloats());
    }

    [Fact]
    public void A_storage_that_is_missing_or_compressed_is_refused()
    {
        Refused(Pickle.Entry(p => p.Global("torch._utils", "_rebuild_tensor_v2").Raw("(").Storage("1", 4).Number(0).Numbers(4).Numbers(1)
            .Raw("tR")), "storage '1' is missing");
        Refused(Pickle.Entry(p => p.Global("torch._utils", "_rebuild_tensor_v2").Raw("(").Storage("../data.pkl", 4).Number(0).Numbers(4)
            .Numbers(1).Raw("tR")), "is missing");
        Pickle.Entry(p => p.Tensor(1 << 20, 0, [1 << 20], [1])).Save(Target, new byte[4 << 20], CompressionLevel.SmallestSize);
        Assert.Contains(
            "compressed", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(Target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_and_memory_are_bounded_whatever_a_file_asks_for()
    {
        // A list of a hundred thousand pairs, made into a dictionary again and again.
        var pairs = new Pickle().Raw("](").Raw(string.Concat(Enumerable.Repeat("NN\x86", 100_000))).Raw("eq\x00");
        for (var i = 0; i < 1000; i++)
        {
            pairs.Global("collections", "OrderedDict").Raw("h\x00\x85R0");
        }

        Refused(pairs.Raw("."), "instructions");

        // Attributes of attributes: two to the power of thirty of them.
        var doubled = new Pickle().Global("__torch__", "A").Raw(")\x81}q\x00");
        for (var i = 0; i < 30; i++)
        {
            doubled.Raw("0").Global("__torch__", "A").Raw(")\x81}(").Text("a").Raw("h\x00").Text("b").Raw("h\x00ubq\x00");
        }

        Refused(doubled.Raw("."), "nested");
        Refused(new Pickle().Raw(new string('}', 3_000_000)).Raw("."), "instructions");
        Refused(new Pickle().Raw("X\xff\xff\xff\x7f"), "text of 2147483647 bytes");
        Refused(new Pickle().Raw("\x8a\xff"), "number of 255 bytes");
        Refused(new Pickle().Raw("c" + new string('a', 5000)), "without an end");

        // A dictionary that contains itself.
        Refused(new Pickle().Raw("}q\x00").Text("model").Raw("h\x00s."), "no dictionary of tensors");
    }

    [Theory]
    [InlineData(".")]
    [InlineData("t")]
    [InlineData("0.")]
    [InlineData("Ns.")]
    [InlineData("}Nu.")]
    [InlineData("](Nu.")]
    [InlineData("NQ.")]
    [InlineData("NNb.")]
    [InlineData("h\x05.")]
    [InlineData("N.")]
    [InlineData("}(NNNu.")]
    [InlineData("X\x01\x00\x00\x00\xff.")]
    public void A_pickle_that_makes_no_sense_is_refused(string instructions) => Refused(new Pickle().Raw(instructions), "");

    [Theory]
    [InlineData("plain.pth")]
    [InlineData("legacy.pth")]
    [InlineData("script.pt")]
    public void A_file_that_ends_early_is_refused(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(Folder, name));
        for (var length = 4; length < whole.Length; length += Math.Max(1, (whole.Length - length) / 60))
        {
            File.WriteAllBytes(Target, whole[..length]);
            Assert.Throws<InvalidDataException>(() => Read(Target));
        }
    }

    [Theory]
    [InlineData("plain.pth")]
    [InlineData("legacy.pth")]
    [InlineData("script.pt")]
    public void A_damaged_file_gives_tensors_or_an_error_and_nothing_else(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(Folder, name));
        var random = new Random(7);
        for (var round = 0; round < 1500; round++)
        {
            var damaged = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(Target, damaged);
            try
            {
                _ = Read(Target);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using (var archive = new ZipArchive(File.Create(Target), ZipArchiveMode.Create))
        {
            archive.CreateEntry("word/document.xml");
        }

        Assert.Contains("data.pkl", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(Target)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Target, [0x80, 2, (byte)'N', (byte)'.']);
        Assert.Contains(
            "torch.save", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(Target)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Target, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Assert.Contains(
            "safetensors", Assert.Throws<InvalidDataException>(() => PublishedFile.Open(Target)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, SafetensorsTensor> Read(string path)
    {
        using var file = PublishedFile.Open(path);
        return file.Tensors.ToDictionary(tensor => tensor.Source, tensor => tensor.Read());
    }

    private static byte[] Floats(params float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();

    // The storage has four floats.
    private void Refused(Pickle pickle, string reason)
    {
        pickle.Save(Target, Floats(1, 2, 3, 4));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(Target));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000_000);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}

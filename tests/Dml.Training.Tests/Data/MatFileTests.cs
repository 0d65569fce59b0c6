using Dml.Training.Data.Matlab;

namespace Dml.Training.Tests.Data;

public class MatFileTests
{
    // scipy.io.savemat (SciPy 1.10.1, do_compression=True) of annotations, a 1 x 3 struct array with relative_im_path, bbox_x1, class and
    // test; class_names, a 1 x 2 cell array; and halves, [[0.5, -1.5], [2.5, 1e300]].
    private const string WrittenBySciPy = """
        TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IFN1biBOb3YgMjIgMDE6NTM6MTMgMjAyNgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAtQAAAHic42NgYKhgZmBgA9IcQMzEAAGsUD4jEDNDaW4gTszLyy9JLMnMzyuGqmNhEITKuwBxUWoOULYs
        NT4zN74gsSSDISkpvyK+wpABDpJzEouLGZBASWpxCQM64ANiDwaEu1iwuEsISoOAAJSfnFgEtLpY3wAEDPWyCtIR5hkgmceNxTxGJPNYgCFRgEUfJwF9TEAWI5n6qOZv
        I8r8XUim+5kG2t/GlPm7iEz3HyFTH4gNAEaQK5cPAAAAbgAAAHic42NgYLgBxGxAzAHEjAwQwIrEZ4LS3ECcnJNYXByfl5ibWgxWxwfEAUj6WbDol0IyVwDKd/RVcE/N
        Sy1KzFHwKM3NTS1SCA4NUzAyMDBggJvrQMBcLjRzQe5zziwpyj+8Ok/B2RgsDgCMexNfDwAAAD0AAAB4nONjYGCIAGI2IOaA0iDACuUzQTEjVC4jMacstZiBgRPIVmCA
        gQf2EJrFAUL/2D+nlKHD5ol5HQDq4wnH
        """;

    private static byte[] SciPy => Convert.FromBase64String(WrittenBySciPy.ReplaceLineEndings(""));

    [Fact]
    public void Reads_what_SciPy_wrote()
    {
        var variables = MatFile.Read(SciPy);

        var cars = Assert.IsType<MatStructs>(variables["annotations"]).Values;
        Assert.Equal(
            ["car_ims/000001.jpg", "car_ims/000002.jpg", "car_ims/000003.jpg"],
            cars.Select(c => Assert.IsType<MatText>(c["relative_im_path"]).Text));
        Assert.Equal([1.0, 2, 196], cars.Select(c => Assert.Single(Assert.IsType<MatNumbers>(c["class"]).Values)));
        Assert.Equal([112.0, 113, 114], cars.Select(c => Assert.Single(Assert.IsType<MatNumbers>(c["bbox_x1"]).Values)));
        Assert.Equal([0.0, 0, 1], cars.Select(c => Assert.Single(Assert.IsType<MatNumbers>(c["test"]).Values)));
        Assert.Equal(
            ["AM General Hummer SUV 2000", "Citroën C3"],
            Assert.IsType<MatCells>(variables["class_names"]).Values.Select(n => Assert.IsType<MatText>(n).Text));
        // Column by column.
        Assert.Equal([0.5, 2.5, -1.5, 1e300], Assert.IsType<MatNumbers>(variables["halves"]).Values);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reads_what_is_written_as_MATLAB_does(bool compress)
    {
        var file = MatWriter.File(compress, ("x", 7.0), ("a_long_name", "text ë"), ("cells", new[] { "one", "" }));

        var variables = MatFile.Read(file);

        Assert.Equal([7.0], Assert.IsType<MatNumbers>(variables["x"]).Values);
        Assert.Equal("text ë", Assert.IsType<MatText>(variables["a_long_name"]).Text);
        Assert.Equal(["one", ""], Assert.IsType<MatCells>(variables["cells"]).Values.Select(v => Assert.IsType<MatText>(v).Text));
    }

    [Fact]
    public void Refuses_what_is_damaged()
    {
        var whole = MatWriter.File(compress: false, ("cells", new[] { "one", "two" }));

        // Wherever it is cut, it is either refused or ends between two variables; nothing but that exception comes out.
        for (var length = 0; length < whole.Length; length++)
        {
            if (length != 128)
            {
                Assert.Throws<InvalidDataException>(() => MatFile.Read(whole.AsMemory(0, length)));
            }
        }

        Assert.Throws<InvalidDataException>(() => MatFile.Read(SciPy.AsMemory(0, 300)));
        whole[127] = (byte)'I';
        Assert.Contains("-v7", Assert.Throws<InvalidDataException>(() => MatFile.Read(whole)).Message, StringComparison.Ordinal);
    }
}

using Dml.Index.Codes;
using Dml.Index.Kernels;

namespace Dml.Index.Tests;

public class CodeKernelTests
{
    private const int Longest = 2048;

    public static TheoryData<string> Names => [.. CodeKernels.All.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sums_bytes_as_a_plain_loop_does_at_every_length(string name)
    {
        var kernel = Supported(name);
        var random = new Random(71);
        for (var length = 1; length <= Longest; length++)
        {
            // Behind the components the code goes on with anything, the query with zeros.
            var code = new byte[Padded(length)];
            var query = new sbyte[code.Length];
            random.NextBytes(code);
            FillQuery(query.AsSpan(0, length), random, extreme: length % 3);
            var expected = 0;
            for (var i = 0; i < length; i++)
            {
                expected += code[i] * query[i];
            }

            Assert.Equal(expected, kernel.Dot(code, query));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sums_halves_as_a_plain_loop_does_at_every_length(string name)
    {
        var kernel = Supported(name);
        var random = new Random(72);
        for (var length = 1; length <= Longest; length++)
        {
            var bytes = Padded(length) / 2 < ICodeKernel.Block ? ICodeKernel.Block : Padded(length, 2 * ICodeKernel.Block) / 2;
            var code = new byte[bytes];
            var query = new sbyte[2 * bytes];
            random.NextBytes(code);
            FillQuery(query.AsSpan(0, length), random, extreme: length % 3);
            var expected = 0;
            for (var component = 0; component < length; component++)
            {
                var block = component / 128;
                var both = code[(block * 64) + (component % 64)];
                expected += (component % 128 < 64 ? both & 15 : both >> 4) * query[component];
            }

            Assert.Equal(expected, kernel.DotOfHalves(code, query));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Does_not_saturate_on_the_largest_numbers(string name)
    {
        var kernel = Supported(name);
        foreach (var extreme in new sbyte[] { -128, 127 })
        {
            foreach (var length in new[] { 64, 128, 192, 1024, 65_536 })
            {
                byte[] code = [.. Enumerable.Repeat((byte)255, length)];
                sbyte[] query = [.. Enumerable.Repeat(extreme, 2 * length)];
                Assert.Equal(255 * extreme * length, kernel.Dot(code, query.AsSpan(0, length)));
                Assert.Equal(15 * extreme * length * 2, kernel.DotOfHalves(code, query));
            }
        }
    }

    [Fact]
    public void Takes_a_kernel_that_this_machine_has() => Assert.True(CodeKernels.Best.IsSupported);

    private static int Padded(int length, int multiple = ICodeKernel.Block) => (length + multiple - 1) / multiple * multiple;

    private static void FillQuery(Span<sbyte> query, Random random, int extreme)
    {
        for (var i = 0; i < query.Length; i++)
        {
            query[i] = extreme switch
            {
                0 => (sbyte)random.Next(-128, 128),
                1 => random.Next(2) == 0 ? sbyte.MinValue : sbyte.MaxValue,
                _ => sbyte.MinValue,
            };
        }
    }

    private static CodeKernel Supported(string name)
    {
        CodeKernel kernel = CodeKernels.All.Single(kernel => kernel.Name == name);
        Assert.SkipUnless(kernel.IsSupported, $"this machine has no {name} instructions");
        return kernel;
    }
}

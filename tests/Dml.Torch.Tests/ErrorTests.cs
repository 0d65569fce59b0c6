using TorchSharp;
using TorchSharp.Interop;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Torch.Tests;

/// <summary>Misuse is an exception with libtorch's message, and never a crash or a leaked tensor.</summary>
public sealed class ErrorTests(TorchFixture fixture) : TorchTests(fixture)
{
    private static readonly Dictionary<string, (Action Misuse, TorchErrorKind Kind, string Message)> s_native = new()
    {
        ["shapes of a product"] = (() => randn(2, 3).matmul(randn(4, 5)), TorchErrorKind.Torch, "cannot be multiplied"),
        ["shapes of a sum"] = (() => (randn(2) + randn(3)).Dispose(), TorchErrorKind.Torch, "must match"),
        ["an index out of range"] = (() => randn(2).select(0, 7), TorchErrorKind.Index, "out of range"),
        ["a dimension out of range"] = (() => randn(2).sum(dim: 3), TorchErrorKind.Index, "Dimension out of range"),
        ["an impossible shape"] = (() => randn(6).reshape(4, -1), TorchErrorKind.Torch, "invalid for input of size 6"),
        ["more memory than there is"] = (() => empty(1L << 50), TorchErrorKind.OutOfMemory, "allocate memory"),
        ["backward without a graph"] = (() => randn(1).backward(), TorchErrorKind.Torch, "does not require grad"),
        ["backward of many values"] = (() => randn(2, requires_grad: true).backward(), TorchErrorKind.Torch, "scalar outputs"),
        ["a change of a leaf in place"] = (() => randn(2, requires_grad: true).add_(1), TorchErrorKind.Torch, "leaf Variable"),
        ["an operator that does not exist"] = (() => new Operator("no_such_thing").Call(), TorchErrorKind.NotImplemented, "no operator aten::no_such_thing"),
        ["a missing argument"] = (() => new Operator("mm").Call(randn(2, 2)), TorchErrorKind.Torch, "argument 'mat2' is missing"),
        ["too many arguments"] = (() => new Operator("relu").Call(randn(2), 1, 2), TorchErrorKind.Torch, "takes 1 arguments, 3 were given"),
        ["a string for a tensor"] = (() => new Operator("add.Tensor").Call(randn(2), "text"), TorchErrorKind.Torch, ""),
        ["a class that is none"] = (() => F.cross_entropy(randn(2, 3), tensor([0L, 9])), TorchErrorKind.Index, "Target 9 is out of bounds"),
        ["integers that want a gradient"] = (() => randint(5, [3]).requires_grad_(), TorchErrorKind.Torch, "floating point"),
        ["channels that do not fit"] = (() => nn.Conv2d(3, 4, 3).call(randn(1, 2, 8, 8)), TorchErrorKind.Torch, "channels"),
        ["elements that do not fill the shape"] = (() => tensor(new float[] { 1, 2, 3 }, [2, 2]), TorchErrorKind.Value, "holds 16 bytes, 12 were given"),
        ["null for a tensor"] = (() => randn(2).matmul(null!), TorchErrorKind.Value, "argument 'other' must be a tensor"),
        ["null in a list"] = (() => cat([randn(2), null!]), TorchErrorKind.Value, "an undefined tensor at 1"),
        ["a singular matrix"] = (() => linalg.inv(zeros(2, 2)), TorchErrorKind.Torch, "singular"),
    };

    public static TheoryData<string> Native => [.. s_native.Keys];

    [Theory]
    [MemberData(nameof(Native))]
    public void A_CPlusPlus_error_is_a_TorchException(string name)
    {
        long before = Tensor.TotalCount;
        (Action misuse, TorchErrorKind kind, string message) = s_native[name];
        using (NewDisposeScope())
        {
            TorchException e = Assert.Throws<TorchException>(misuse);
            Assert.Equal(kind, e.Kind);
            Assert.Contains(message, e.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Mistakes_that_never_reach_libtorch_are_plain_exceptions()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor gone = randn(2);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gone.add(1));
        Assert.Throws<ObjectDisposedException>(() => cat([randn(2), gone]));
        Assert.Throws<ArgumentException>(() => randn(2).item<float>());
        Assert.Throws<ArgumentException>(() => randn(1).item<long>());
        Assert.Throws<ArgumentOutOfRangeException>(() => randn(2).size(1));
        Assert.Throws<ArgumentException>(() => device("gpu"));
        Assert.Throws<ArgumentException>(() => optim.AdamW([nn.Parameter(randn(2))], lr: -1));
        Assert.Throws<ArgumentException>(() => new Autocast(DeviceType.CPU, ScalarType.Float64));
        Assert.Throws<InvalidOperationException>(() => randn(2, 3).t().bytes.Length.ToString());
        Assert.Throws<InvalidOperationException>(() => new Operator("topk").Call(randn(3), 1));
    }

    [Fact]
    public void A_missing_shim_says_what_to_install()
    {
        DllNotFoundException e = Assert.Throws<DllNotFoundException>(() => LibTorch.Load(Path.Combine(AppContext.BaseDirectory, "nowhere", "libdml_torch.so")));
        Assert.Contains("apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp g++", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shim_whose_libtorch_is_gone_says_what_to_install()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "no library");
        DllNotFoundException e = Assert.Throws<DllNotFoundException>(() => LibTorch.Load(file));
        Assert.Contains("libtorch-dev", e.Message, StringComparison.Ordinal);
        File.Delete(file);
    }
}

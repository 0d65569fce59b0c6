[assembly: AssemblyFixture(typeof(Dml.Torch.Tests.TorchFixture))]
// Tests that count live tensors of the process must not meet tensors of other tests.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Dml.Torch.Tests;

/// <summary>Every test class derives from this: no libtorch, no test.</summary>
public abstract class TorchTests
{
    protected TorchTests(TorchFixture torch) => torch.Require();
}

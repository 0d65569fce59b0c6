using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Torch.Tests;

/// <summary>Who frees a tensor, and that all are freed.</summary>
public sealed class LifetimeTests(TorchFixture fixture) : TorchTests(fixture)
{
    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        long before = Tensor.TotalCount;
        manual_seed(1).Dispose();
        using (var net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)))
        using (TorchSharp.Modules.AdamW optimizer = optim.AdamW(net.parameters(), 1e-2, weight_decay: 1e-2))
        using (Tensor x = randn(8, 3, 8, 8))
        using (Tensor y = randint(3, [8]))
        {
            Step();
            long running = Tensor.TotalCount;
            double first = Step(), last = 0;
            for (int i = 0; i < 300; i++) last = Step();
            Assert.Equal(running, Tensor.TotalCount);
            Assert.True(last < first / 2, $"The loss went from {first} to {last}.");

            double Step()
            {
                using DisposeScope scope = NewDisposeScope();
                optimizer.zero_grad();
                Tensor loss = nn.functional.cross_entropy(net.call(x), y);
                loss.backward();
                nn.utils.clip_grad_norm_(net.parameters(), 10);
                optimizer.step();
                return loss.ToDouble();
            }
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_scope_frees_what_it_holds_also_after_an_exception()
    {
        long before = Tensor.TotalCount;
        Assert.Throws<TorchException>(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor a = randn(3, 4);
            (a + 1).matmul(a);
        });
        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(CurrentDisposeScope is null);
    }

    [Fact]
    public void Scopes_nest_and_tensors_move_between_them()
    {
        long before = Tensor.TotalCount;
        Tensor kept;
        using (DisposeScope outer = NewDisposeScope())
        {
            Tensor moved, freed;
            using (DisposeScope inner = NewDisposeScope())
            {
                moved = randn(2).MoveToOuterDisposeScope();
                freed = randn(2);
                kept = randn(2).DetachFromDisposeScope();
                Assert.Equal(1, inner.DisposablesCount);
                Assert.True(inner.Contains(freed) && outer.Contains(moved));
            }
            Assert.True(freed.IsInvalid && !moved.IsInvalid);
            Assert.Equal(1, outer.DisposablesCount);
            moved.Dispose();
            moved.Dispose();
            Assert.Equal(0, outer.DisposablesCount);

            Tensor one = randn(1), two = randn(1);
            outer.DisposeEverythingBut(one);
            Assert.True(two.IsInvalid && !one.IsInvalid && outer.Contains(one));
            Tensor sum = WrappedTensorDisposeScope(() => one + one + one);
            Assert.True(outer.Contains(sum) && outer.DisposablesCount == 2);
        }
        Assert.False(kept.IsInvalid);
        kept.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Scopes_of_threads_do_not_meet()
    {
        long before = Tensor.TotalCount;
        using (Tensor shared = randn(16, 16))
        using (NewDisposeScope())
        {
            Parallel.For(0, 32, _ =>
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor product = shared;
                for (int i = 0; i < 20; i++) product = product.matmul(shared) * .1;
                Assert.Equal(40, scope.DisposablesCount);
            });
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_parameter_takes_the_tensor_and_its_place_in_the_scope()
    {
        long before = Tensor.TotalCount;
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor data = randn(3);
            TorchSharp.Modules.Parameter parameter = nn.Parameter(data);
            Assert.True(data.IsInvalid && parameter.requires_grad && scope.Contains(parameter));
            Assert.Equal(1, scope.DisposablesCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void The_finalizer_frees_what_nobody_disposed()
    {
        Drop();
        for (int i = 0; i < 10 && Tensor.TotalCount > s_before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(s_before, Tensor.TotalCount);
    }

    private static long s_before;

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Drop()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        s_before = Tensor.TotalCount;
        for (int i = 0; i < 100; i++) randn(10).add(1);
    }

    [Fact]
    public void A_graph_of_great_depth_is_freed_without_overflowing_the_stack()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor leaf = ones(2, requires_grad: true), end = leaf;
        using (DisposeScope inner = NewDisposeScope())
        {
            for (int i = 0; i < 50_000; i++) end = end + 1;
            end.MoveToOuterDisposeScope();
        }
        end.sum().backward();
        Assert.Equal([1f, 1f], leaf.grad!.data<float>().ToArray());
    }
}

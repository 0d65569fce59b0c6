using System.Diagnostics;
using System.Reflection;
using Dml.Training.Tests.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Torch;

/// <summary>
/// TorchSharp passes native handles to libtorch without keeping their owners alive; TorchSharp.targets makes the JIT do so. Without it
/// these tests fail, or end the process. They run alone, because they leave tensors to the finalizers.
/// </summary>
[Collection(nameof(TrainingMemoryTests))]
public class KeepAliveTests
{
    private const int Calls = 40_000;

    [Fact]
    public void The_copy_of_TorchSharp_beside_the_program_has_the_flag()
    {
        var assembly = typeof(TorchSharp.torch).Assembly;
        Assert.True(assembly.GetCustomAttribute<DebuggableAttribute>()!.IsJITOptimizerDisabled);
        Assert.Equal(Path.GetFullPath(AppContext.BaseDirectory), Path.GetDirectoryName(assembly.Location) + Path.DirectorySeparatorChar);
    }

    [Fact]
    public void A_number_given_to_a_tensor_lives_until_libtorch_has_read_it() => UnderCollection(i =>
    {
        using var scope = NewDisposeScope();
        return (Ones() * (i % 97) + (i % 89)).clamp(0, 200).sum().item<float>() - (8 * Math.Min((i % 97) + (i % 89), 200));
    });

    [Fact]
    public void A_tensor_that_nobody_holds_lives_until_libtorch_has_read_it() => UnderCollection(i =>
    {
        // Without a scope, which would hold them.
        using var sum = Ones().add(tensor((float)(i % 97))).mul(tensor(2f)).sum();
        return sum.item<float>() - (16 * (1 + (i % 97)));
    });

    [Fact]
    public void A_list_of_tensors_lives_until_libtorch_has_read_it() => UnderCollection(i =>
    {
        using var joined = cat([Ones(), full(8, (float)(i % 97))]);
        using var sum = joined.sum();
        return sum.item<float>() - (8 * (1 + (i % 97)));
    });

    private static TorchSharp.torch.Tensor Ones() => ones(8);

    // The differences are those of a computation whose result is known.
    private static void UnderCollection(Func<int, float> difference)
    {
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var noGradient = no_grad();
            for (var i = 0; i < Calls; i++)
            {
                Assert.Equal(0, difference(i));
            }
        }
        finally
        {
            stop.Cancel();
            Assert.True(collector.Join(TimeSpan.FromMinutes(1)), "The collections do not end.");
        }
    }
}

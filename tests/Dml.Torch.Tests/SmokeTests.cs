using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Torch.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void A_small_network_learns_and_leaves_no_tensor_behind()
    {
        manual_seed(1).Dispose();
        long before = Tensor.TotalCount;
        using (var net = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 3)))
        using (TorchSharp.Modules.AdamW optimizer = optim.AdamW(net.parameters(), 1e-2))
        using (Tensor x = randn(32, 8))
        using (Tensor y = randint(3, [32]))
        {
            double first = 0, last = 0;
            for (int i = 0; i < 50; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                optimizer.zero_grad();
                Tensor loss = nn.functional.cross_entropy(net.call(x), y);
                loss.backward();
                optimizer.step();
                last = loss.ToDouble();
                if (i == 0) first = last;
            }
            Assert.True(last < first / 2, $"{first} -> {last}");
            net.zero_grad();
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}

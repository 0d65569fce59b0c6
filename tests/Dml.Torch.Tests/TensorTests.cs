using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Torch.Tests;

public sealed class TensorTests(TorchFixture fixture) : TorchTests(fixture)
{
    [Fact]
    public void Elements_go_in_and_come_out_in_the_order_of_the_shape()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor t = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2, 3], t.shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], t.t().data<float>().ToArray());
        Assert.Equal([3L, 1], t.stride());
        Assert.Equal([1L, 3], t.t().stride());
        t.data<float>()[1, 2] = 9;
        Assert.Equal(9, t[1, 2].item<float>());
        t.bytes[..4].Clear();
        Assert.Equal(0, t[0, 0].ToSingle());
        t.data<float>().CopyFrom([1, 1, 1, 1, 1, 1]);
        Assert.Equal(6, t.sum().ToSingle());
        float[] part = new float[6];
        t.t().data<float>().CopyTo(part.AsSpan());
        Assert.Equal([1f, 1, 1, 1, 1, 1], part);
    }

    [Fact]
    public void Every_element_type_goes_round()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal([1.5, -2], tensor([1.5, -2]).data<double>().ToArray());
        Assert.Equal([1L << 40, -2], tensor([1L << 40, -2]).data<long>().ToArray());
        Assert.Equal([7, -2], tensor([7, -2]).data<int>().ToArray());
        Assert.Equal([true, false], tensor([true, false]).data<bool>().ToArray());
        Assert.Equal([(byte)200], tensor(new byte[] { 200 }).data<byte>().ToArray());
        Assert.Equal([(Half)1.5f], tensor([1.5f]).half().data<Half>().ToArray());
        Assert.Equal([1.5f], tensor([1.5f]).bfloat16().@float().data<float>().ToArray());
        Assert.Equal([2, 2, 1], from_array(new int[2, 2, 1]).shape);
        Assert.Equal(ScalarType.Float32, tensor([1, 2], ScalarType.Float32).dtype);
        Assert.Equal((3L, 2.5, true), (tensor(3L).ToInt64(), tensor(2.5).ToDouble(), tensor(true).ToBoolean()));
        Assert.Empty(zeros(0, 3).data<float>().ToArray());
    }

    [Fact]
    public void Indexing_is_Pythons()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor t = arange(24).reshape(2, 3, 4);
        Assert.Equal(23, t[-1, -1, -1].ToInt64());
        Assert.Equal([4L, 5, 6, 7], t[0, 1].data<long>().ToArray());
        Assert.Equal([1L, 5, 9, 13, 17, 21], t[TensorIndex.Ellipsis, 1].data<long>().ToArray());
        Assert.Equal([2, 1, 2], t[.., TensorIndex.Slice(1, 2), TensorIndex.Slice(null, null, 2)].shape);
        Assert.Equal([12L, 13], t[1, 0, ..2].data<long>().ToArray());
        Assert.Equal([2L, 3], t[0, 0, ^2..].data<long>().ToArray());
        Assert.Equal([2, 1, 3, 4], t[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([20L, 21, 22, 23], t[t.gt(19)].data<long>().ToArray());
        Assert.Equal([0L, 4, 12, 16], t[.., TensorIndex.Tensor(tensor([0L, 1])), 0].data<long>().ToArray());
        Assert.Equal([12L, 4], t[tensor([1L, 0]), tensor([0L, 1]), tensor([0L, 0])].data<long>().ToArray());
        t[0, 1] = zeros(4, int64);
        t[t.ge(20)] = tensor(-1L);
        Assert.Equal((0, -4), (t[0, 1].sum().ToInt64(), t[1, 2].sum().ToInt64()));
        t.index_put_(tensor(5L), [TensorIndex.Single(0), TensorIndex.Single(0), TensorIndex.Single(0)], accumulate: true);
        Assert.Equal(5, t[0, 0, 0].ToInt64());
    }

    [Fact]
    public void Operators_and_comparisons_take_numbers_on_both_sides()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor t = tensor([1.0, 2, 4]);
        Assert.Equal([3.0, 2, 0], (4 - t).data<double>().ToArray());
        Assert.Equal([1, .5, .25], (1 / t).data<double>().ToArray());
        Assert.Equal([false, true, true], (t > 1).data<bool>().ToArray());
        Assert.Equal([false, true, true], (1 < t).data<bool>().ToArray());
        Assert.Equal([true, false, false], ((t == 1) & ~(t > 3)).data<bool>().ToArray());
        Assert.Equal([0L, 1, 3], (arange(3) + arange(3) / 2).floor().to(int64).data<long>().ToArray());
        Assert.Equal([1L, 0, 1], (tensor([5L, -4, 7]) % 2).data<long>().ToArray());
        Assert.Equal([2L, -2], tensor([5L, -4]).div(2, RoundingMode.trunc).data<long>().ToArray());
        Assert.Equal(ScalarType.Float32, (ones(2) * 2.5).dtype);
        Assert.True(t.Equals(t.clone()) && !t.Equals(t + 1));
    }

    [Fact]
    public void Sorting_and_counting()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor t = tensor([3L, 1, 3, 2]);
        (Tensor values, Tensor indices) = t.sort(descending: true, stable: true);
        Assert.Equal([3L, 3, 2, 1], values.data<long>().ToArray());
        Assert.Equal([0L, 2, 3, 1], indices.data<long>().ToArray());
        (Tensor unique, Tensor? inverse, Tensor? counts) = t.unique(return_inverse: true, return_counts: true);
        Assert.Equal([1L, 2, 3], unique.data<long>().ToArray());
        Assert.Equal([2L, 0, 2, 1], inverse!.data<long>().ToArray());
        Assert.Equal([1L, 1, 2], counts!.data<long>().ToArray());
        Assert.True(t.unique().counts is null);
        Assert.Equal([0L, 1, 1, 2], bincount(t).data<long>().ToArray());
        Assert.Equal([0L, 2], nonzero(t.eq(3)).flatten().data<long>().ToArray());
    }

    [Fact]
    public void A_change_in_place_gives_the_same_tensor_another_name()
    {
        Tensor t = ones(2);
        using (Tensor alias = t.add_(1)) Assert.NotSame(t, alias);
        Assert.Equal([2f, 2], t.data<float>().ToArray());
        t.Dispose();
    }

    [Fact]
    public void Random_state_goes_round()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(5).Dispose();
        Assert.Equal(5, initial_seed());
        randn(7);
        Tensor state = get_rng_state();
        float[] once = randn(9).data<float>().ToArray();
        set_rng_state(state);
        Assert.Equal(once, randn(9).data<float>().ToArray());

        RandomState.Set(CPU, state);
        Assert.Equal(once, randn(9).data<float>().ToArray());
        Assert.True(RandomState.Get(CPU).Equals(get_rng_state()));

        using Generator own = new(11), same = new(11);
        Assert.Equal(randperm(20, generator: own).data<long>().ToArray(), randperm(20, generator: same).data<long>().ToArray());
        Tensor middle = own.get_state();
        float[] next = rand([4], generator: own).data<float>().ToArray();
        own.set_state(middle);
        Assert.Equal(next, rand([4], generator: own).data<float>().ToArray());
        Assert.NotEqual(next, rand([4], generator: own).data<float>().ToArray());
    }

    [Fact]
    public void Settings_are_read_back()
    {
        Assert.Matches(@"^\d+\.\d+", TorchSettings.Version);
        Assert.Equal(1, get_num_threads());
        bool was = TorchSettings.OneDnn;
        TorchSettings.OneDnn = !was;
        Assert.Equal(!was, TorchSettings.OneDnn);
        TorchSettings.OneDnn = was;
    }
}

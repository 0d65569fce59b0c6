using Dml.Training.Weights;

namespace Dml.Training.Tests.Weights;

/// <summary>Reference values of bicubic interpolation with antialias, computed with PyTorch.</summary>
public sealed class PositionGridTests
{
    [Fact]
    public void Two_to_three()
    {
        var resized = PositionGrid.Resize([1, 2, 3, 4], 2, 3, 1);
        Close([0.80263158, 1.36842105, 1.93421053], resized[..3]);
        Close([2.5], resized[4..5]);
    }

    [Fact]
    public void Three_to_four() =>
        Close([0.84601247, 1.35654748, 2.61727378, 3.83782580], PositionGrid.Resize([1, 2, 4, 3, 5, 9, 2, 7, 8], 3, 4, 1)[..4]);

    [Fact]
    public void Three_to_two() =>
        Close([2.05703516, 4.85221408, 3.74101136, 7.96535430], PositionGrid.Resize([1, 2, 4, 3, 5, 9, 2, 7, 8], 3, 2, 1));

    [Fact]
    public void The_same_size_changes_nothing_and_channels_stay_apart()
    {
        float[] grid = [1, 10, 2, 20, 3, 30, 4, 40];
        Close([.. grid.Select(v => (double)v)], PositionGrid.Resize(grid, 2, 2, 2));
        var resized = PositionGrid.Resize(grid, 2, 3, 2);
        for (var i = 0; i < resized.Length; i += 2)
        {
            Assert.Equal(10 * resized[i], resized[i + 1], 1e-4);
        }
    }

    private static void Close(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6);
        }
    }
}

using System.Runtime.CompilerServices;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

public class ChunkedRowsTests
{
    [Theory]
    [InlineData(1, 4, 4)]
    [InlineData(1, 64, 64)]
    [InlineData(3, 8, 16)]
    [InlineData(32, 64, 128)]
    [InlineData(33, 64, 192)]
    public unsafe void Rows_lie_where_they_should(int width, int alignment, int rowBytes)
    {
        var rows = new ChunkedRows<int>(width, alignment, hugePages: false);
        Assert.Equal((width, rowBytes), (rows.Width, rows.RowBytes));
        rows.EnsureRows(2000);
        for (var row = 0; row < 2000; row++)
        {
            Assert.Equal(0, (nint)Unsafe.AsPointer(ref rows.First(row)) % alignment);
            Assert.Equal(width, rows[row].Length);
            Assert.Equal(rowBytes, rows.BytesOf(row).Length);
            rows.BytesOf(row).Fill((byte)row);
        }

        for (var row = 0; row < 2000; row++)
        {
            Assert.True(rows.BytesOf(row).IndexOfAnyExcept((byte)row) < 0);
        }
    }

    [Fact]
    public async Task Rows_stay_where_they_are_while_the_table_grows()
    {
        // Rows of 1 MiB: four of them fill a chunk.
        const int Rows = 40;
        var rows = new ChunkedRows<long>(width: 1 << 17);
        var ready = 0;
        var reader = Task.Run(() =>
        {
            for (var seen = 0; seen < Rows; seen = Volatile.Read(ref ready))
            {
                for (var row = 0; row < seen; row++)
                {
                    Assert.Equal(row, rows[row][0]);
                    Assert.Equal(-row, rows[row][^1]);
                }
            }
        }, TestContext.Current.CancellationToken);
        for (var row = 0; row < Rows; row++)
        {
            rows.EnsureRows(row + 1);
            (rows[row][0], rows[row][^1]) = (row, -row);
            Volatile.Write(ref ready, row + 1);
        }

        await reader;
    }
}

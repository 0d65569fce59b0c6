using System.Diagnostics;
using Dml.Index.Storage;
using Dml.Tests.Shared;

namespace Dml.Index.Tests;

public class ReaderEpochsTests
{
    [Fact]
    public void Nobody_passes_while_one_who_was_there_before_is_inside()
    {
        var epochs = new ReaderEpochs();
        long noted;
        using (epochs.Enter(this))
        {
            noted = epochs.Current;
            Assert.False(epochs.HavePassed(noted));

            // Readers that come and go meanwhile change nothing.
            using (epochs.Enter(this))
            {
                Assert.False(epochs.HavePassed(noted));
            }

            Assert.False(epochs.HavePassed(noted));
        }

        Assert.True(epochs.HavePassed(noted));
    }

    [Fact]
    public void Those_who_come_later_hold_up_nobody_for_long()
    {
        var epochs = new ReaderEpochs();
        for (var round = 0; round < 10; round++)
        {
            var noted = epochs.Current;
            var passed = epochs.HavePassed(noted);
            using (epochs.Enter(this))
            {
                Assert.True(passed || epochs.HavePassed(noted));
            }
        }
    }

    [Fact]
    public async Task Nothing_is_reused_under_the_eyes_of_a_reader()
    {
        // A cell is live while it holds its number; the writer replaces it and spoils the old one once all have passed.
        var epochs = new ReaderEpochs();
        var live = new Cell { Value = 1 };
        var done = false;
        long visits = 0;
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning))];

        void Read()
        {
            while (!Volatile.Read(ref done))
            {
                using (epochs.Enter(this))
                {
                    var cell = Volatile.Read(ref live);
                    for (var i = 0; i < 50; i++)
                    {
                        Assert.Equal(1, Volatile.Read(ref cell.Value));
                    }
                }

                Interlocked.Increment(ref visits);
            }
        }

        var reused = 0;
        var waiting = new Queue<(Cell Cell, long Since)>();
        var began = Stopwatch.GetTimestamp();
        while (reused < 20_000 || Volatile.Read(ref visits) < 20_000)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2), "the readers hold up the writer for ever");
            var old = live;
            var before = reused;
            if (waiting.Count < 1000)
            {
                Volatile.Write(ref live, new Cell { Value = 1 });
                waiting.Enqueue((old, epochs.Current));
            }

            while (waiting.TryPeek(out var first) && epochs.HavePassed(first.Since))
            {
                Volatile.Write(ref waiting.Dequeue().Cell.Value, 0);
                reused++;
            }

            if (reused == before)
            {
                // A reader may have lost its core while it was inside.
                Thread.Yield();
            }
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(readers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.True(waiting.Count == 0 || epochs.HavePassed(waiting.Last().Since));
    }

    private sealed class Cell
    {
        public int Value;
    }
}

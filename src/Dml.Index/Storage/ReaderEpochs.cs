using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Tracks when no reader can still see memory that has been retired (epoch-based reclamation, Fraser 2004). A reader enters and
/// leaves. A writer notes the current epoch when it retires something, and reuses it once <see cref="HavePassed"/> says so.
/// No thread waits for another.
/// </summary>
internal sealed class ReaderEpochs
{
    private const int Stripes = 16;

    // Readers of even and of odd epochs, counted on separate cache lines.
    private readonly Counter[] _readers = new Counter[2 * Stripes];
    private long _current;

    /// <summary>The epoch to note for memory that is retired now.</summary>
    public long Current => Volatile.Read(ref _current);

    /// <summary>Enters; <paramref name="owner"/> stays alive until the scope ends.</summary>
    public Scope Enter(object owner)
    {
        var stripe = Thread.GetCurrentProcessorId() & (Stripes - 1);
        while (true)
        {
            var epoch = Current;
            var place = ((int)(epoch & 1) * Stripes) + stripe;
            Interlocked.Increment(ref _readers[place].Count);
            if (Current == epoch)
            {
                return new Scope(this, owner, place);
            }

            Interlocked.Decrement(ref _readers[place].Count);
        }
    }

    /// <summary>
    /// Whether every reader that had entered when <paramref name="epoch"/> was noted has left. This call alone advances the
    /// epoch, so only one thread at a time may make it.
    /// </summary>
    public bool HavePassed(long epoch)
    {
        Debug.Assert(epoch <= Current, "The epoch is still to come.");

        // Readers of the noted epoch have left once the epoch after the next begins, since that one has the same parity.
        while (_current < epoch + 2)
        {
            var before = (int)((_current + 1) & 1) * Stripes;
            for (var stripe = 0; stripe < Stripes; stripe++)
            {
                if (Volatile.Read(ref _readers[before + stripe].Count) != 0)
                {
                    return false;
                }
            }

            Interlocked.Increment(ref _current);
        }

        return true;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Counter
    {
        public int Count;
    }

    /// <summary>One reader's stay.</summary>
    internal readonly ref struct Scope(ReaderEpochs epochs, object owner, int place) : IDisposable
    {
        public void Dispose()
        {
            var left = Interlocked.Decrement(ref epochs._readers[place].Count);
            Debug.Assert(left >= 0, "A reader left twice.");
            GC.KeepAlive(owner);
        }
    }
}

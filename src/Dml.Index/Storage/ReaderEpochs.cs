using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Tells when everyone has left who may still see what was taken away (epoch-based reclamation, Fraser 2004). Who reads
/// enters and leaves; who takes something away notes the epoch and reuses it when <see cref="HavePassed"/>. Nobody waits.
/// </summary>
internal sealed class ReaderEpochs
{
    private const int Stripes = 16;

    // Readers of even and of odd epochs, counted on cache lines that the processors do not share.
    private readonly Counter[] _readers = new Counter[2 * Stripes];
    private long _current;

    /// <summary>The epoch to note for what is being taken away now.</summary>
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
    /// Whether all who had entered when <paramref name="epoch"/> was noted have left. Epochs go on by this call alone:
    /// one at a time may make it.
    /// </summary>
    public bool HavePassed(long epoch)
    {
        // Who entered in the noted epoch has left once the one after the next begins, since that has the same parity.
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
            Interlocked.Decrement(ref epochs._readers[place].Count);
            GC.KeepAlive(owner);
        }
    }
}

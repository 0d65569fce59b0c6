using System.Collections.Concurrent;

namespace Dml.Index.Graph;

/// <summary>Lends scratch to walks. It grows to the largest number of walks that ever ran at the same time.</summary>
internal sealed class ScratchPool(int mostLinks)
{
    // A queue reuses its ring buffer; a stack or a bag would allocate a node for some returns.
    private readonly ConcurrentQueue<WalkScratch> _idle = new();

    public WalkScratch Rent() => _idle.TryDequeue(out var scratch) ? scratch : new WalkScratch(mostLinks);

    public void Return(WalkScratch scratch) => _idle.Enqueue(scratch);

    /// <summary>Slots that walks and scans have looked at.</summary>
    public long SlotsSeen => _idle.Sum(scratch => scratch.Visited.Total + scratch.Scanned);
}

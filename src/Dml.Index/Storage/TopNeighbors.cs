namespace Dml.Index.Storage;

/// <summary>
/// The best of all neighbors offered, kept in the caller's span as a heap with the worst one at the root.
/// Equal scores are ordered by key, so the answer does not depend on the order of the offers.
/// </summary>
/// <param name="heap">Where they are kept.</param>
/// <param name="unique">Whether a key may be offered twice: then the better of its scores counts.</param>
/// <param name="count">How many neighbors the span already holds.</param>
internal ref struct TopNeighbors(Span<Neighbor> heap, bool unique = false, int count = 0)
{
    private readonly Span<Neighbor> _heap = heap;
    private int _count = count;

    public readonly int Count => _count;

    public void Offer(long key, float score)
    {
        var neighbor = new Neighbor(key, score);
        if (unique && Replaces(neighbor))
        {
            return;
        }

        if (_count < _heap.Length)
        {
            _count++;
            SiftUp(neighbor);
        }
        else if (_count > 0 && neighbor.Precedes(_heap[0]))
        {
            SiftDown(neighbor);
        }
    }

    /// <summary>Sorts them, best first. No more may be offered afterwards.</summary>
    /// <returns>How many there are.</returns>
    public int Sort()
    {
        var total = _count;
        while (_count > 1)
        {
            var worst = _heap[0];
            var last = _heap[--_count];
            SiftDown(last);
            _heap[_count] = worst;
        }

        return total;
    }

    /// <summary>Raises the score of a key that is there already.</summary>
    /// <returns>False when the key is not there.</returns>
    private readonly bool Replaces(Neighbor neighbor)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_heap[i].Key == neighbor.Key)
            {
                if (neighbor.Precedes(_heap[i]))
                {
                    _heap[i] = neighbor;
                    Sink(i);
                }

                return true;
            }
        }

        return false;
    }

    private readonly void SiftUp(Neighbor neighbor)
    {
        var hole = _count - 1;
        while (hole > 0)
        {
            var parent = (hole - 1) / 2;
            if (!_heap[parent].Precedes(neighbor))
            {
                break;
            }

            _heap[hole] = _heap[parent];
            hole = parent;
        }

        _heap[hole] = neighbor;
    }

    private readonly void Sink(int place) => SiftDown(_heap[place], place);

    private readonly void SiftDown(Neighbor neighbor, int hole = 0)
    {
        for (var child = (2 * hole) + 1; child < _count; child = (2 * hole) + 1)
        {
            if (child + 1 < _count && _heap[child].Precedes(_heap[child + 1]))
            {
                child++;
            }

            if (!neighbor.Precedes(_heap[child]))
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = neighbor;
    }
}

namespace Dml.Api.Gate;

/// <summary>Keeps the best few of many scores.</summary>
internal sealed class NearestList(int capacity)
{
    private readonly PriorityQueue<long, float> _worstFirst = new(capacity + 1);

    public int Count => _worstFirst.Count;

    public void Offer(long key, float score)
    {
        if (_worstFirst.Count < capacity)
        {
            _worstFirst.Enqueue(key, score);
        }
        else
        {
            _worstFirst.EnqueueDequeue(key, score);
        }
    }

    /// <summary>Whether a score is at least as good as the worst one kept, so that ties count as found.</summary>
    public bool Reaches(float score) => _worstFirst.TryPeek(out _, out var worst) && score >= worst - IndexRecall.Rounding;
}

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// One picture of an id, from the call that brought it to the call that replaced or deleted it; times are those of the
/// client, before each call and after its answer. An end that is not there yet is far in the future.
/// </summary>
internal sealed class ItemVersion(string id, byte[] picture, IReadOnlyDictionary<string, float[]> vectors)
{
    private long _brought = long.MaxValue;
    private long _endBegun = long.MaxValue;
    private long _ended = long.MaxValue;

    public string Id => id;

    public byte[] Picture => picture;

    /// <summary>Before the call that brought it.</summary>
    public long Begun { get; init; }

    public void Bring(long now) => Volatile.Write(ref _brought, now);

    public void BeginEnd(long now) => Volatile.Write(ref _endBegun, now);

    public void End(long now) => Volatile.Write(ref _ended, now);

    /// <summary>Whether it was there all the time.</summary>
    public bool WasThere(long from, long to) => Volatile.Read(ref _brought) <= from && Volatile.Read(ref _endBegun) >= to;

    /// <summary>Whether it may have been there at some time.</summary>
    public bool MayHaveBeenThere(long from, long to) => Begun <= to && Volatile.Read(ref _ended) >= from;

    /// <summary>The score that an embedder gives it for a query.</summary>
    public double Score(string fingerprint, float[] query)
    {
        var vector = vectors[fingerprint];
        var sum = 0.0;
        for (var i = 0; i < query.Length; i++)
        {
            sum += (double)query[i] * vector[i];
        }

        return sum;
    }

    public float[] VectorOf(string fingerprint) => vectors[fingerprint];
}

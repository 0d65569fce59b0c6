namespace Dml.Index.Storage;

/// <summary>The items that a search may return; the default accepts all.</summary>
internal readonly struct KeyFilter(Func<long, bool>? predicate, KeySet? among)
{
    public bool AcceptsAll => predicate is null && among is null;

    public KeySet? Among => among;

    public Func<long, bool>? Predicate => predicate;

    public bool Accepts(long key) => (among is null || among.Contains(key)) && (predicate is null || predicate(key));
}

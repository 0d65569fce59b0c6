using System.Text;
using Dml.Index;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// Labels and attributes of all items, in memory: finds the items that match a filter by the arithmetic of sets, in a time that hardly
/// depends on how many items there are. Any thread may ask while one thread applies changes.
/// </summary>
internal sealed class FilterIndex : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly KeySet _all = new();
    private readonly Postings _postings = new();
    private readonly LabelCounts _labels = new();
    private readonly TermReader _reader = new();
    private readonly List<UInt128> _former = [];
    private readonly List<UInt128> _now = [];

    /// <summary>Items.</summary>
    public long Count => Read(() => _all.Count);

    /// <summary>Memory used, in bytes.</summary>
    public long MemoryBytes => Read(() => _all.MemoryBytes + _postings.MemoryBytes + _labels.MemoryBytes);

    /// <summary>Adds an item that is not in the index.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="label">UTF-8; empty for none.</param>
    /// <param name="attributes">A JSON object of strings, numbers and booleans, in UTF-8.</param>
    public void Add(long key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> attributes)
    {
        _lock.EnterWriteLock();
        try
        {
            // First what may fail.
            _reader.Read(label, attributes, _now);
            _all.Add(key);
            _labels.Add(label);
            foreach (var term in _now)
            {
                _postings.Add(term, key);
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Applies changes in their order. A search sees all of them or none.</summary>
    public void Apply(IReadOnlyList<FieldChange> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        _lock.EnterWriteLock();
        try
        {
            foreach (var change in changes)
            {
                Apply(change);
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>The items that match, as a set that belongs to the caller.</summary>
    public KeySet Match(ItemFilter filter) => Read(() => Select(filter).ToSet(_all));

    /// <summary>Labels that begin with a text, whatever the case, and how many items have each; in the order of the alphabet.</summary>
    /// <param name="prefix">Empty for all labels.</param>
    /// <param name="after">Only labels that come after this one; null for all.</param>
    /// <param name="limit">Most of them.</param>
    public List<(string Label, long Items)> Labels(string prefix, string? after, int limit) =>
        Read(() => _labels.Beginning(prefix, after, limit));

    public void Dispose() => _lock.Dispose();

    private void Apply(FieldChange change)
    {
        Read(change.Former, _former);
        Read(change.Now, _now);
        foreach (var term in _former)
        {
            if (!_now.Contains(term))
            {
                _postings.Remove(term, change.Key);
            }
        }

        foreach (var term in _now)
        {
            if (!_former.Contains(term))
            {
                _postings.Add(term, change.Key);
            }
        }

        if (change.Former?.Label != change.Now?.Label)
        {
            _labels.Remove(change.Former?.Label);
            _labels.Add(Encoding.UTF8.GetBytes(change.Now?.Label ?? ""));
        }

        _ = change.Now is null ? _all.Remove(change.Key) : _all.Add(change.Key);
    }

    private void Read(ItemFields? fields, List<UInt128> terms)
    {
        if (fields is { } known)
        {
            _reader.Read(Encoding.UTF8.GetBytes(known.Label ?? ""), Encoding.UTF8.GetBytes(known.Attributes), terms);
        }
        else
        {
            terms.Clear();
        }
    }

    private T Read<T>(Func<T> read)
    {
        _lock.EnterReadLock();
        try
        {
            return read();
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private Selection Select(ItemFilter filter) => filter switch
    {
        ItemFilter.And => SelectChain(filter, isOr: false),
        ItemFilter.Or => SelectChain(filter, isOr: true),
        ItemFilter.Not not => Select(not.Condition).Not(),
        ItemFilter.Label label => Selection.Borrowed(_postings.Of(Term.OfLabel(label.Value))),
        ItemFilter.LabelContains label => _labels.Containing(label.Value)
            .Select(known => Selection.Borrowed(_postings.Of(Term.OfLabel(known))))
            .Aggregate(Selection.Owned(new KeySet()), (one, other) => one.Or(other)),
        ItemFilter.Exists exists => Selection.Borrowed(_postings.Of(Term.OfName(Encoding.UTF8.GetBytes(exists.Name)))),
        ItemFilter.Text text => Selection.Borrowed(_postings.Of(Term.OfText(text.Name, text.Value))),
        ItemFilter.Number number => Select(TermRanges.Of(number)),
        _ => throw new ArgumentException($"The filter {filter.GetType().Name} is unknown.", nameof(filter)),
    };

    // A range passes over all its items. An item has one number of a name, so the ranges of a name in a chain are joined before that:
    // otherwise a hundred of them would take a hundred passes.
    private Selection SelectChain(ItemFilter chain, bool isOr)
    {
        Selection? selected = null;
        var ranges = new Dictionary<string, TermRanges>(StringComparer.Ordinal);
        var parts = new Stack<ItemFilter>([chain]);
        while (parts.TryPop(out var part))
        {
            if (part is ItemFilter.Or or && isOr)
            {
                parts.Push(or.One);
                parts.Push(or.Other);
            }
            else if (part is ItemFilter.And and && !isOr)
            {
                parts.Push(and.One);
                parts.Push(and.Other);
            }
            else if (part is ItemFilter.Number number)
            {
                var own = TermRanges.Of(number);
                ranges[number.Name] = !ranges.TryGetValue(number.Name, out var known) ? own : isOr ? known.Or(own) : known.And(own);
            }
            else
            {
                Join(Select(part));
            }
        }

        foreach (var joined in ranges.Values)
        {
            Join(Select(joined));
        }

        return selected!.Value;

        void Join(Selection other) => selected = selected is not { } known ? other : isOr ? known.Or(other) : known.And(other);
    }

    private Selection Select(TermRanges ranges) => ranges.All
        .Select(range => range.First == range.Last
            ? Selection.Borrowed(_postings.Of(range.First))
            : Selection.Owned(ItemsOf(range.First, range.Last)))
        .Aggregate(Selection.Owned(new KeySet()), (one, other) => one.Or(other));

    // Of a range with more than half of the values, the rest is passed over.
    private KeySet ItemsOf(UInt128 first, UInt128 last)
    {
        var (least, greatest) = Term.OfAllLike(first);
        if (2 * _postings.CountTerms(first, last) <= _postings.CountTerms(least, greatest))
        {
            return _postings.Of(first, last);
        }

        var keys = _postings.Of(Term.OfHaving(first)).Copy();
        if (first > least)
        {
            keys.ExceptWith(_postings.Of(least, first - 1));
        }

        if (last < greatest)
        {
            keys.ExceptWith(_postings.Of(last + 1, greatest));
        }

        return keys;
    }
}

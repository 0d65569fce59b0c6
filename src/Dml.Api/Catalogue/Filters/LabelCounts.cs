using System.Text;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// The labels of all items, in the order of the alphabet whatever their case, with the number of items that have each. Not for several
/// threads at once, unless all of them read.
/// </summary>
internal sealed class LabelCounts
{
    // Key, node and count of a label beside its characters, measured roughly and rounded up.
    private const int BytesBesideText = 160;

    private static readonly Comparer<Entry> Alphabetical = Comparer<Entry>.Create(Compare);

    private readonly SortedSet<Entry> _ordered = new(Alphabetical);
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private char[] _text = new char[256];

    /// <summary>Memory used, in bytes.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Counts an item.</summary>
    /// <param name="label">UTF-8; empty for none.</param>
    public void Add(ReadOnlySpan<byte> label)
    {
        if (label.IsEmpty)
        {
            return;
        }

        // Rows by the million, and few labels: no text is made for one that is known.
        if (_text.Length < label.Length)
        {
            _text = new char[label.Length];
        }

        var text = _text.AsSpan(0, Encoding.UTF8.GetChars(label, _text));
        if (!_entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var entry))
        {
            entry = new Entry(text.ToString());
            _entries.Add(entry.Label, entry);
            _ordered.Add(entry);
            MemoryBytes += BytesOf(entry);
        }

        entry.Items++;
    }

    /// <summary>Forgets an item.</summary>
    public void Remove(string? label)
    {
        if (string.IsNullOrEmpty(label) || !_entries.TryGetValue(label, out var entry) || --entry.Items > 0)
        {
            return;
        }

        _entries.Remove(label);
        _ordered.Remove(entry);
        MemoryBytes -= BytesOf(entry);
    }

    /// <summary>Labels that begin with a text, whatever the case.</summary>
    /// <param name="prefix">Empty for all labels.</param>
    /// <param name="after">Only labels that come after this one; null for all.</param>
    /// <param name="limit">Most of them.</param>
    public List<(string Label, long Items)> Beginning(string prefix, string? after, int limit)
    {
        var from = new Entry(prefix) { IsFirst = true };
        if (after is not null && new Entry(after) is var former && Compare(former, from) > 0)
        {
            from = former;
        }

        if (_ordered.Max is not { } last || Compare(from, last) > 0)
        {
            return [];
        }

        return
        [
            .. _ordered.GetViewBetween(from, last)
                .SkipWhile(entry => entry.Label == after)
                .TakeWhile(entry => entry.Label.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                .Take(limit).Select(entry => (entry.Label, entry.Items)),
        ];
    }

    /// <summary>Labels that contain a text, whatever the case.</summary>
    public IEnumerable<string> Containing(string text) =>
        _entries.Keys.Where(label => label.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static int Compare(Entry one, Entry other) =>
        string.Compare(one.Label, other.Label, StringComparison.OrdinalIgnoreCase) is var order and not 0 ? order
        : one.IsFirst != other.IsFirst ? (one.IsFirst ? -1 : 1)
        : string.CompareOrdinal(one.Label, other.Label);

    private static long BytesOf(Entry entry) => BytesBesideText + (entry.Label.Length * sizeof(char));

    private sealed class Entry(string label)
    {
        public string Label => label;

        public long Items { get; set; }

        /// <summary>Whether it is no label but a place before all labels that differ from it by their case alone.</summary>
        public bool IsFirst { get; init; }
    }
}

using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Dml.Api.Gate;

/// <summary>
/// A few items of each label. If there are too many labels for that, of an even sample of them: those whose hash ends with some zeros, one
/// more each time that room runs out (distinct sampling, Gibbons 2001). Another seed gives other labels and other items.
/// </summary>
internal sealed class LabelSample(int mostLabels, int itemsEach, int seed)
{
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly Random _random = new(seed);
    private int _zeros;

    /// <summary>The labels and their items, in a random order.</summary>
    public IEnumerable<(string Label, long[] Keys)> Groups
    {
        get
        {
            foreach (var (label, group) in _groups)
            {
                var keys = group.Keys.ToArray();
                _random.Shuffle(keys);
                yield return (label, keys);
            }
        }
    }

    public void Add(long key, string label)
    {
        if (!IsTaken(label))
        {
            return;
        }

        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, label, out _);
        group ??= new Group();
        group.Seen++;
        if (group.Keys.Count < itemsEach)
        {
            group.Keys.Add(key);
        }
        else if (_random.Next(group.Seen) is var place && place < itemsEach)
        {
            group.Keys[place] = key;
        }

        while (_groups.Count > mostLabels)
        {
            _zeros++;
            foreach (var other in _groups.Keys.Where(other => !IsTaken(other)).ToList())
            {
                _groups.Remove(other);
            }
        }
    }

    private bool IsTaken(string label) =>
        (XxHash3.HashToUInt64(MemoryMarshal.AsBytes<char>(label), seed) & ((1UL << _zeros) - 1)) == 0;

    private sealed class Group
    {
        public int Seen { get; set; }

        public List<long> Keys { get; } = [];
    }
}

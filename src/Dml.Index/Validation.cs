using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Checks every slot and every link of a core. No thread may be writing.</summary>
internal sealed class Validation(HnswCore core)
{
    private const int MostFaults = 20;

    private readonly List<string> _faults = [];
    private int _live;
    private int _removed;
    private int _free;
    private long _links;
    private long _symmetric;
    private int _mostIncoming;

    public IndexReport Run()
    {
        for (var slot = 0; slot < core.Slots.SlotCount; slot++)
        {
            CheckSlot(slot);
        }

        return new IndexReport
        {
            Items = core.Slots.Count,
            LiveSlots = _live,
            RemovedSlots = _removed,
            FreeSlots = _free,
            Unreachable = CountUnreachable(),
            Links = _links,
            SymmetricLinks = _symmetric,
            MostIncoming = _mostIncoming,
            Duplicates = CountDuplicates(),
            Faults = _faults,
        };
    }

    private void CheckSlot(int slot)
    {
        switch (core.Slots.StateOf(slot))
        {
            case SlotState.Live:
                _live++;
                CheckKey(slot, core.Slots[slot].Key);
                foreach (var key in core.Slots.SharersOf(slot))
                {
                    CheckKey(slot, key);
                }

                break;
            case SlotState.Removed:
                _removed++;
                break;
            case SlotState.Free:
                _free++;
                break;
            default:
                Fault($"slot {slot} is still being linked although no write is running");
                break;
        }

        for (var level = 0; level <= core.Graph.LevelOf(slot); level++)
        {
            CheckLinks(slot, level);
        }
    }

    private void CheckKey(int slot, long key)
    {
        if (!core.Slots.TryGetSlot(key, out var known) || known != slot)
        {
            Fault($"the key {key} is in slot {slot}, but is looked for in {known}");
        }
    }

    private void CheckLinks(int slot, int level)
    {
        var links = core.Graph.Links(slot, level);
        if (links.Length > 0 && core.Slots.StateOf(slot) == SlotState.Free)
        {
            Fault($"the free slot {slot} has {links.Length} links on level {level}");
        }

        foreach (var link in links)
        {
            if (link == slot)
            {
                Fault($"slot {slot} links to itself on level {level}");
            }
            else if (core.Slots.StateOf(link) == SlotState.Free)
            {
                Fault($"slot {slot} links on level {level} to slot {link}, which is free");
            }
            else if (core.Graph.LevelOf(link) < level)
            {
                Fault($"slot {slot} links on level {level} to slot {link}, which ends at level {core.Graph.LevelOf(link)}");
            }
            else if (level == 0)
            {
                _links++;
                _symmetric += core.Graph.Links(link, 0).Contains(slot) ? 1 : 0;
            }
        }

        if (level == 0)
        {
            _mostIncoming = Math.Max(_mostIncoming, core.Graph.Incoming(slot, 0));
        }
    }

    private int CountUnreachable()
    {
        if (core.Graph.Entry == LinkTable.None)
        {
            return _live;
        }

        var reach = new GraphReach(core.Graph, core.Slots);
        reach.SpreadFrom(core.Graph.Entry);
        var unreachable = 0;
        for (var slot = 0; slot < core.Slots.SlotCount; slot++)
        {
            unreachable += core.Slots.IsLive(slot) && !reach.Contains(slot) ? 1 : 0;
        }

        return unreachable;
    }

    private int CountDuplicates()
    {
        var first = new Dictionary<uint, List<int>>();
        var duplicates = 0;
        for (var slot = 0; slot < core.Slots.SlotCount; slot++)
        {
            if (core.Slots.IsLive(slot))
            {
                if (!first.TryGetValue(core.Slots[slot].VectorHash, out var others))
                {
                    first.Add(core.Slots[slot].VectorHash, others = []);
                }

                duplicates += others.Any(other => core.Vectors[other].SequenceEqual(core.Vectors[slot])) ? 1 : 0;
                others.Add(slot);
            }
        }

        return duplicates;
    }

    private void Fault(string what)
    {
        if (_faults.Count < MostFaults)
        {
            _faults.Add(what);
        }
    }
}

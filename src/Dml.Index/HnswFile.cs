using Dml.Index.Files;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// Saves a core to a file and loads it. Slots are copied while writes wait. Codes and vectors of slots that are in use never change
/// and are read in place. Links may change while they are written, each row under its slot's lock: those to slots that came
/// meanwhile are left out, and a slot that is out of reach without them is linked again when the file is loaded.
/// </summary>
internal sealed class HnswFile
{
    private const int RowsAtOnce = 4096;

    private readonly SlotSnapshot _slots;
    private readonly int _entry;
    private long _vectorsAt;

    /// <summary>Copies the slots. No thread may be writing.</summary>
    public HnswFile(HnswCore core)
    {
        Core = core;
        _slots = core.Slots.Copy();
        _entry = core.Graph.Entry;
    }

    public HnswCore Core { get; }

    public static HnswCore Read(IndexFileReader reader, VectorPlace place)
    {
        var options = HnswOptions.Read(reader);
        var slots = SlotSnapshot.Read(reader);
        var count = slots.Slots.Length;
        var entry = reader.ReadInt32(LinkTable.None, count - 1);
        reader.Align();
        var mapped = place == VectorPlace.File ? reader.MapVectors(count, reader.Dimension) : null;
        var core = new HnswCore(options, new VectorStore(reader.Dimension, reader.Metric, mapped));
        if (place == VectorPlace.Memory)
        {
            core.Vectors.Read(reader, count);
        }

        if (core.Slots.Fill(slots) is { } fault)
        {
            throw reader.Damaged(fault);
        }

        core.Codes.Rows?.Read(reader, count);
        var isWhole = core.Graph.Read(reader, entry);
        core.Duplicates.AddAll();
        core.Repair.Resume();
        if (!isWhole)
        {
            core.ReconnectLost();
        }

        return core;
    }

    /// <summary>Writes the body of the file. The slots that were in use when this was made must not have been freed.</summary>
    public void Write(IndexFileWriter writer)
    {
        var count = _slots.Slots.Length;
        Core.Options.Write(writer);
        _slots.Write(writer);
        writer.Write(FindEntry());
        writer.Align();
        _vectorsAt = writer.Position;
        Core.Vectors.Write(writer, count);
        Core.Codes.Rows?.Write(writer, count);
        WriteGround(writer);
        WriteUpper(writer);
    }

    /// <summary>
    /// Reads the vectors from the file that was written from now on. No thread may be writing, and the slots that were in use when this was
    /// made have not been freed.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="digest">What it ends with.</param>
    /// <returns>Whether it is still that file.</returns>
    public bool TryMapVectors(string path, ReadOnlySpan<byte> digest)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (!EndsWith(stream, digest) || _slots.Slots.Length == 0)
        {
            return false;
        }

        var mapped = new MappedVectors(stream, _vectorsAt, _slots.Slots.Length, Core.Vectors.Dimension);
        var changed = Enumerable.Range(0, _slots.Slots.Length).Where(
            slot => _slots.Slots[slot].State != SlotState.Live && Core.Slots.StateOf(slot) != SlotState.Free);
        Core.Vectors.Map(mapped, changed, Core.Slots.SlotCount);
        return true;
    }

    private static bool EndsWith(FileStream stream, ReadOnlySpan<byte> digest)
    {
        Span<byte> end = stackalloc byte[IndexFormat.DigestBytes];
        return stream.Length > end.Length
            && RandomAccess.Read(stream.SafeFileHandle, end, stream.Length - end.Length) == end.Length
            && end.SequenceEqual(digest);
    }

    // A removed slot may be freed and used again while the file is written; then its links are not the way to others any longer.
    private int FindEntry()
    {
        var slots = _slots.Slots;
        if (_entry == LinkTable.None || slots[_entry].State == SlotState.Live)
        {
            return _entry;
        }

        var highest = LinkTable.None;
        for (var slot = 0; slot < slots.Length; slot++)
        {
            if (slots[slot].State == SlotState.Live && (highest == LinkTable.None || slots[slot].Level > slots[highest].Level))
            {
                highest = slot;
            }
        }

        return highest;
    }

    private void WriteGround(IndexFileWriter writer)
    {
        var width = Core.Graph.MaxLinks(level: 0);
        var rows = new int[RowsAtOnce * width];
        for (var first = 0; first < _slots.Slots.Length; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, _slots.Slots.Length - first);
            for (var i = 0; i < count; i++)
            {
                CopyLinks(first + i, level: 0, rows.AsSpan(i * width, width));
            }

            writer.Write<int>(rows.AsSpan(0, count * width));
        }
    }

    // Slots that were added at the same time may have their rows in another order.
    private void WriteUpper(IndexFileWriter writer)
    {
        var width = Core.Graph.MaxLinks(level: 1);
        var rows = new int[_slots.Slots.Sum(slot => slot.Level) * width];
        for (var slot = 0; slot < _slots.Slots.Length; slot++)
        {
            for (var level = 1; level <= _slots.Slots[slot].Level; level++)
            {
                CopyLinks(slot, level, rows.AsSpan((_slots.Slots[slot].FirstUpper + level - 1) * width, width));
            }
        }

        writer.Write<int>(rows);
    }

    private void CopyLinks(int slot, int level, Span<int> row)
    {
        var slots = _slots.Slots;
        var count = 0;
        if (slots[slot].State != SlotState.Free)
        {
            lock (Core.Graph.LockOf(slot))
            {
                foreach (var link in Core.Graph.Links(slot, level))
                {
                    if (link < slots.Length && slots[link].State != SlotState.Free)
                    {
                        row[count++] = link;
                    }
                }
            }
        }

        row[count..].Fill(LinkTable.None);
    }
}

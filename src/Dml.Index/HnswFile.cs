using Dml.Index.Files;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// Saves a core to a file and loads it. Links and slots change, so they are copied while writes wait. Codes and vectors of
/// slots that are in use never change and are read in place.
/// </summary>
internal sealed class HnswFile
{
    private readonly SlotSnapshot _slots;
    private readonly int[][] _ground;
    private readonly int[][] _upper;
    private readonly int _entry;
    private long _vectorsAt;

    /// <summary>Copies links and slots. No thread may be writing.</summary>
    public HnswFile(HnswCore core)
    {
        Core = core;
        _slots = core.Slots.Copy();
        _ground = core.Graph.Ground.Copy();
        _upper = core.Graph.Upper.Copy();
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
        core.Graph.Read(reader, entry);
        core.Duplicates.AddAll();
        core.Repair.Resume();
        return core;
    }

    public void Write(IndexFileWriter writer)
    {
        var count = _slots.Slots.Length;
        Core.Options.Write(writer);
        _slots.Write(writer);
        writer.Write(_entry);
        writer.Align();
        _vectorsAt = writer.Position;
        Core.Vectors.Write(writer, count);
        Core.Codes.Rows?.Write(writer, count);
        WriteAll(writer, _ground);
        WriteAll(writer, _upper);
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

    private static void WriteAll(IndexFileWriter writer, int[][] chunks)
    {
        foreach (var chunk in chunks)
        {
            writer.Write<int>(chunk);
        }
    }
}

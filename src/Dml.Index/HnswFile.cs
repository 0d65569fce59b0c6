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
        Core.Vectors.Write(writer, count);
        Core.Codes.Rows?.Write(writer, count);
        WriteAll(writer, _ground);
        WriteAll(writer, _upper);
    }

    private static void WriteAll(IndexFileWriter writer, int[][] chunks)
    {
        foreach (var chunk in chunks)
        {
            writer.Write<int>(chunk);
        }
    }
}

using Dml.Index.Files;

namespace Dml.Index;

/// <summary>The shape of an <see cref="HnswIndex"/>; names as in Malkov and Yashunin 2016 (arXiv:1603.09320).</summary>
public sealed record HnswOptions
{
    /// <summary>Links that a new item makes on each level, 2 to 128. Level 0 holds up to twice as many for each item.</summary>
    public int M { get; init; } = 16;

    /// <summary>Width of the beam that finds the neighbors of a new item, 1 to 100,000.</summary>
    public int EfConstruction { get; init; } = 200;

    /// <summary>Default width of a search's beam, 1 to 100,000.</summary>
    public int EfSearch { get; init; } = 64;

    /// <summary>Seed of the levels. The same seed and the same sequence of calls give the same graph.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The code that walks compare. <see cref="VectorCode.Float32"/> stores no codes beside the vectors.</summary>
    public VectorCode Code { get; init; } = VectorCode.Int8;

    internal static HnswOptions Read(IndexFileReader reader) => new()
    {
        M = reader.ReadInt32(2, 128),
        EfConstruction = reader.ReadInt32(1, 100_000),
        EfSearch = reader.ReadInt32(1, 100_000),
        Seed = reader.ReadInt64(),
        Code = (VectorCode)reader.ReadInt32((int)VectorCode.Float32, (int)VectorCode.Int4),
    };

    internal void Write(IndexFileWriter writer)
    {
        writer.Write(M);
        writer.Write(EfConstruction);
        writer.Write(EfSearch);
        writer.Write(Seed);
        writer.Write((int)Code);
    }

    internal void Check()
    {
        CheckRange(nameof(M), M, 2, 128);
        CheckRange(nameof(EfConstruction), EfConstruction, 1, 100_000);
        CheckRange(nameof(EfSearch), EfSearch, 1, 100_000);
        if (!Enum.IsDefined(Code))
        {
            throw new ArgumentException($"HnswOptions.Code must be Float32, Int8 or Int4, but is {Code}.");
        }
    }

    private static void CheckRange(string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"HnswOptions.{name} must be from {least} to {most}, but is {value}.");
        }
    }
}

namespace Dml.Index;

/// <summary>Memory used by an <see cref="HnswIndex"/>, in bytes, by purpose. Reserved room that is not in use does not count.</summary>
public sealed record IndexMemory
{
    /// <summary>Vectors in memory.</summary>
    public required long Vectors { get; init; }

    /// <summary>Vectors that stay in the file. Not part of <see cref="Total"/>.</summary>
    public required long MappedVectors { get; init; }

    /// <summary>Compressed vectors.</summary>
    public required long Codes { get; init; }

    /// <summary>The graph.</summary>
    public required long Links { get; init; }

    /// <summary>Keys, states, and the tables that find slots by key and by vector.</summary>
    public required long Keys { get; init; }

    /// <summary>Everything that is in memory.</summary>
    public long Total => Vectors + Codes + Links + Keys;
}

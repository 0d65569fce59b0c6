namespace Dml.Contracts;

/// <summary>What became of the demo in this catalogue.</summary>
public enum DemoState
{
    /// <summary>The catalogue has other pictures.</summary>
    None,

    /// <summary>The catalogue is empty: the demo can be tried.</summary>
    Offered,

    /// <summary>The drawings are being imported.</summary>
    Importing,

    /// <summary>The drawings were imported, or their import was cancelled.</summary>
    Imported,
}

/// <summary>The answer of <c>GET /demo</c>.</summary>
/// <param name="State">What became of the demo in this catalogue.</param>
/// <param name="Available">Whether the drawings are installed and the demo is not switched off.</param>
public sealed record DemoResponse(DemoState State, bool Available);

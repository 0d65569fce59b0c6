namespace Dml.Training.Heads;

/// <summary>How a feature map becomes one vector.</summary>
public enum Pooling
{
    /// <summary>Mean over all places.</summary>
    Average,

    /// <summary>Mean plus maximum, as in the Proxy Anchor repository.</summary>
    AverageMax,
}

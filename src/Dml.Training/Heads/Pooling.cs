namespace Dml.Training.Heads;

/// <summary>How a feature map becomes one vector.</summary>
public enum Pooling
{
    /// <summary>Mean over all places.</summary>
    Average,

    /// <summary>Mean plus maximum, as in the Proxy Anchor repository.</summary>
    AverageMax,

    /// <summary>Maximum over all places, as in the repository of ProxyNCA++.</summary>
    Max,

    /// <summary>
    /// The p-th root of the mean of p-th powers: F. Radenović, G. Tolias, O. Chum, "Fine-tuning CNN Image Retrieval with No Human
    /// Annotation", TPAMI 2019, arXiv 1711.02512, with a fixed p.
    /// </summary>
    Gem,
}

namespace Dml.Index;

/// <summary>How two vectors are compared. A score is always "higher is better".</summary>
public enum Metric
{
    /// <summary>Dot product. On unit vectors this is the cosine, in [-1, 1].</summary>
    InnerProduct = 0,

    /// <summary>Squared Euclidean distance, negated: the best score is 0.</summary>
    L2 = 1,
}

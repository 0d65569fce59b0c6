namespace Dml.Client;

/// <summary>How a retrain ended.</summary>
public enum RetrainOutcome
{
    /// <summary>The candidate passed the gate and answers.</summary>
    Activated,

    /// <summary>The gate refused the candidate.</summary>
    Refused,

    /// <summary>There was too little, or nothing new, to learn from.</summary>
    Skipped,

    /// <summary>A step failed; the message says why.</summary>
    Failed,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,
}

namespace Dml.Api.Retrains;

/// <summary>How a retrain ended.</summary>
internal enum RetrainOutcome
{
    /// <summary>The candidate passed the gate and answers.</summary>
    Activated,

    /// <summary>The gate refused the candidate.</summary>
    Refused,

    /// <summary>There was too little, or nothing new, to learn from.</summary>
    Skipped,

    Failed,
    Cancelled,
}

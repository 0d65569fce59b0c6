namespace Dml.Client;

/// <summary>What a retrain is at.</summary>
public enum RetrainStep
{
    /// <summary>The labelled catalogue of one moment is put aside.</summary>
    Snapshot,

    /// <summary>The training process trains, exports and measures.</summary>
    Training,

    /// <summary>The candidate gets its name in the models folder.</summary>
    Registration,

    /// <summary>The candidate is rolled out behind the gate.</summary>
    Rollout,

    /// <summary>The report is written.</summary>
    Report,

    /// <summary>It has its outcome.</summary>
    Ended,
}

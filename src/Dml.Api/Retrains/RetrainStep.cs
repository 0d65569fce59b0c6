namespace Dml.Api.Retrains;

/// <summary>What a retrain is at. Each step may be begun again after a crash; the state is written between two.</summary>
internal enum RetrainStep
{
    Snapshot,
    Training,
    Registration,
    Rollout,
    Report,
    Ended,
}

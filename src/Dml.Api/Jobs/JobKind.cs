namespace Dml.Api.Jobs;

/// <summary>What a job does.</summary>
internal enum JobKind
{
    Import,
    Rollout,
    Retrain,
    Backup,
}

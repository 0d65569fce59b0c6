namespace Dml.Client;

/// <summary>What a job does.</summary>
public enum JobKind
{
    /// <summary>Brings pictures into the catalogue.</summary>
    Import,

    /// <summary>Brings an embedder into service.</summary>
    Rollout,

    /// <summary>Learns from the catalogue.</summary>
    Retrain,

    /// <summary>Writes a backup of the catalogue.</summary>
    Backup,
}

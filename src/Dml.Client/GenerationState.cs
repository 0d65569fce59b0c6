namespace Dml.Client;

/// <summary>Where a generation stands.</summary>
public enum GenerationState
{
    /// <summary>Its embedder embeds the catalogue.</summary>
    Building,

    /// <summary>It answers.</summary>
    Active,

    /// <summary>It has answered.</summary>
    Retired,

    /// <summary>The gate refused it.</summary>
    Refused,

    /// <summary>Its rollout failed or was cancelled.</summary>
    Failed,
}

namespace Dml.Api.Catalogue;

/// <summary>Where a generation stands.</summary>
internal enum GenerationState
{
    /// <summary>Its embedder embeds the catalogue; a restart goes on with it.</summary>
    Building,

    /// <summary>It answers.</summary>
    Active,

    /// <summary>It has answered; it is kept, or its vectors have been freed.</summary>
    Retired,

    /// <summary>The gate refused it.</summary>
    Refused,

    /// <summary>Its rollout failed or was cancelled.</summary>
    Failed,
}

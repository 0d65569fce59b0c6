namespace Dml.Api.Security;

/// <summary>What a key permits; each role includes the ones before it.</summary>
internal enum Role
{
    /// <summary>Searches and reads.</summary>
    Search,

    /// <summary>Also changes items and imports.</summary>
    Write,

    /// <summary>Also manages embedders, rollouts, training, backups and jobs.</summary>
    Admin,
}

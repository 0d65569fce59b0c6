namespace Dml.Api.Security;

/// <summary>What a key allows; each role may do what the ones before it may.</summary>
internal enum Role
{
    /// <summary>Searches and reads.</summary>
    Search,

    /// <summary>Changes items and imports as well.</summary>
    Write,

    /// <summary>Changes what answers: embedders, rollouts, training, backups, jobs.</summary>
    Admin,
}

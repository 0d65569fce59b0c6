namespace Dml.Api.Security;

/// <summary>Why a caller's key was not accepted.</summary>
internal enum KeyFault
{
    /// <summary>It was accepted, or none was sent.</summary>
    None,

    /// <summary>There is no such key, or it was revoked.</summary>
    Unknown,

    /// <summary>Its time is over.</summary>
    Expired,
}

namespace Dml.Api.Backups;

/// <summary>A backup cannot be restored; the message says why, and nothing was changed.</summary>
internal sealed class RestoreException(string message, Exception? cause = null) : Exception(message, cause);

namespace Dml.Api.Backups;

/// <summary>A backup cannot be restored; the message says why. Nothing has been changed.</summary>
internal sealed class RestoreException(string message, Exception? cause = null) : Exception(message, cause);

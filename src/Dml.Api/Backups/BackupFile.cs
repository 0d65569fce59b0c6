namespace Dml.Api.Backups;

/// <summary>A file in an archive: its path, length and SHA-256 in lower-case hex.</summary>
internal sealed record BackupFile(string Path, long Bytes, string Sha256);

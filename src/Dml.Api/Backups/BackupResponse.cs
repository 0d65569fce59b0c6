namespace Dml.Api.Backups;

/// <summary>A backup that can be fetched.</summary>
internal sealed record BackupResponse(string Name, long Bytes, DateTimeOffset CreatedAt);

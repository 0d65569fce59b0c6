namespace Dml.Contracts;

/// <summary>A backup that can be downloaded.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="CreatedAt">When it was completed.</param>
public sealed record BackupResponse(string Name, long Bytes, DateTimeOffset CreatedAt);

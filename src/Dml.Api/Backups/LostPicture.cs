namespace Dml.Api.Backups;

/// <summary>A picture that a backup could not contain.</summary>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Items">Ids of the items that have it; empty if it was kept for feedback alone.</param>
/// <param name="Problem">What is wrong with its file.</param>
internal sealed record LostPicture(string Sha256, IReadOnlyList<string> Items, string Problem);

namespace Dml.Api.Catalogue;

/// <summary>A picture that there is feedback on: an item that has it, if any, and whether it was kept for the feedback alone.</summary>
internal readonly record struct JudgedPicture(string Sha256, string? Item, bool IsKept);

namespace Dml.Api.Catalogue;

/// <summary>How many pictures of queries are kept, and how many bytes they may have together.</summary>
internal readonly record struct KeptPictureLimits(int Pictures, long Bytes);

namespace Dml.Api.Catalogue;

/// <summary>How much feedback there is, how much of it is newer than a moment, and what is kept for it.</summary>
internal readonly record struct FeedbackCount(long Right, long Wrong, long Newer, long KeptPictures, long KeptBytes);

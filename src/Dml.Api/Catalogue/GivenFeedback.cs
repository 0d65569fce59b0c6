namespace Dml.Api.Catalogue;

/// <summary>Feedback with what is known about its two pictures, which are in ordinal order.</summary>
internal readonly record struct GivenFeedback(JudgedPicture One, JudgedPicture Other, bool IsRight, DateTimeOffset GivenAt);

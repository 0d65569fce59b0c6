namespace Dml.Contracts;

/// <summary>Feedback on one hit.</summary>
/// <param name="Query">An item's id, or <c>sha256:</c> and the 64 hexadecimal digits of an item's picture.</param>
/// <param name="Hit">An item's id.</param>
/// <param name="Right">Whether the two belong together.</param>
public sealed record FeedbackRequest(string? Query, string? Hit, bool? Right);

/// <summary>A picture that there is feedback on.</summary>
/// <param name="Picture"><c>sha256:</c> and 64 hexadecimal digits.</param>
/// <param name="Item">The id of an item that has it; null when none has.</param>
/// <param name="Kept">Whether the service keeps it for its feedback.</param>
public sealed record FeedbackPicture(string Picture, string? Item, bool Kept);

/// <summary>Feedback on two pictures, whichever was the query.</summary>
/// <param name="One">The picture with the lower hash.</param>
/// <param name="Other">The picture with the higher hash.</param>
/// <param name="Right">Whether the two belong together.</param>
/// <param name="GivenAt">When it was given.</param>
public sealed record FeedbackEntry(FeedbackPicture One, FeedbackPicture Other, bool Right, DateTimeOffset GivenAt);

/// <summary>One page of the feedback.</summary>
/// <param name="Feedback">In the order of the pictures.</param>
/// <param name="NextCursor">Where the next page starts; null on the last page.</param>
public sealed record FeedbackPage(IReadOnlyList<FeedbackEntry> Feedback, string? NextCursor);

namespace Dml.Api.Feedback;

/// <summary>
/// What somebody says of one hit. <c>Query</c> is an item's id, or <c>sha256:</c> and the 64 hexadecimal digits of a picture
/// that an item has; <c>Hit</c> is an item's id; <c>Right</c> is whether the two belong together.
/// </summary>
internal sealed record FeedbackRequest(string? Query, string? Hit, bool? Right);

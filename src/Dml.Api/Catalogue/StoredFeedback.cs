namespace Dml.Api.Catalogue;

/// <summary>Whether two pictures, named by their SHA-256 in ordinal order, belong together.</summary>
internal readonly record struct StoredFeedback(string One, string Other, bool IsRight);

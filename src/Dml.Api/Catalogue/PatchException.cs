namespace Dml.Api.Catalogue;

/// <summary>A valid merge patch cannot be applied to this item.</summary>
internal sealed class PatchException(string message) : Exception(message);

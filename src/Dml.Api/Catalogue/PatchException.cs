namespace Dml.Api.Catalogue;

/// <summary>A well-formed merge patch does not fit the item that it meets.</summary>
internal sealed class PatchException(string message) : Exception(message);

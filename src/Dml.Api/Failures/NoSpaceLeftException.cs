namespace Dml.Api.Failures;

/// <summary>What is being received would leave too little space on the disk.</summary>
internal sealed class NoSpaceLeftException(string message) : Exception(message);

namespace Dml.Api.Configuration;

/// <summary>
/// Marks the path of a folder or a file. A relative one, the default included, starts from the content root; one on the command line starts
/// from the working directory.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LocationAttribute : Attribute;

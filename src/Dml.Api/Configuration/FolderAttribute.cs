namespace Dml.Api.Configuration;

/// <summary>Marks the path of a folder. A relative one, the default included, starts from the content root.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FolderAttribute : Attribute;

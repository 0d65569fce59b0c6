namespace Dml.Api.Configuration;

/// <summary>Names the section of the configuration that an options class is bound to.</summary>
/// <remarks>
/// Each property with a public setter is a setting, named after the property. <c>[Range]</c> and <c>[AllowedValues]</c> limit its values;
/// <see cref="LocationAttribute"/> makes a path absolute. A blank value counts as not set and leaves the property's default.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SectionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

namespace TorchSharp.Utils;

/// <summary>The name of a module's component, where it is not the field's name.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    public string Name { get; set; } = "";
}

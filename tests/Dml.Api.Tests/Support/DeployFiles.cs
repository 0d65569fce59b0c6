using Dml.Tests.Shared;
using YamlDotNet.RepresentationModel;

namespace Dml.Api.Tests.Support;

/// <summary>The files of <c>deploy/</c>.</summary>
internal static class DeployFiles
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy");

    /// <summary>Every document of a YAML file.</summary>
    public static IReadOnlyList<YamlMappingNode> Documents(string path)
    {
        using var text = File.OpenText(Path.Combine(Folder, path));
        var yaml = new YamlStream();
        yaml.Load(text);
        return [.. yaml.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>What is at a path of names and numbers, such as <c>spec/containers/0/image</c>; null when nothing does.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        var here = node;
        foreach (var name in path.Split('/'))
        {
            here = here switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : null,
                YamlSequenceNode list when int.TryParse(name, out var i) && i < list.Children.Count => list.Children[i],
                _ => null,
            };
        }

        return here;
    }

    public static string? Text(this YamlNode node, string path) => (node.At(path) as YamlScalarNode)?.Value;
}

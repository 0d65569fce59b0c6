using System.Diagnostics;
using Google.Protobuf.Collections;

namespace Dml.Onnx;

/// <summary>Finds what belongs together in a graph. A graph inside a node reads values of the graph around it.</summary>
public static class GraphNavigation
{
    /// <summary>The graphs inside a node: branches and loop bodies.</summary>
    public static IEnumerable<GraphProto> Inner(this NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G));

    /// <summary>The values that a node reads, those that its inner graphs read included.</summary>
    public static IEnumerable<string> Reads(this NodeProto node) =>
        node.Input.Where(name => name.Length > 0).Concat(node.Inner().SelectMany(inner => inner.Node).SelectMany(Reads));

    /// <summary>Every graph of a model: the outer one and those inside its nodes.</summary>
    public static IEnumerable<GraphProto> WithInner(this GraphProto graph) =>
        graph.Node.SelectMany(Inner).SelectMany(WithInner).Prepend(graph);

    /// <summary>What a value is computed from: the nodes, and the names of all values, inputs and constants among them.</summary>
    public static (HashSet<NodeProto> Nodes, HashSet<string> Values) LeadingTo(this GraphProto graph, string value)
    {
        var producers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                producers[output] = node;
            }
        }

        var nodes = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var values = new HashSet<string>(StringComparer.Ordinal) { value };
        var open = new Stack<string>(values);
        while (open.TryPop(out var name))
        {
            if (producers.TryGetValue(name, out var node) && nodes.Add(node))
            {
                foreach (var read in node.Reads().Where(values.Add))
                {
                    open.Push(read);
                }
            }
        }

        return (nodes, values);
    }

    /// <summary>A beginning that no name of the graph has: <paramref name="wanted"/>, or more of it.</summary>
    public static string FreshPrefix(this GraphProto graph, string wanted)
    {
        var names = graph
            .WithInner()
            .SelectMany(inner => inner
                .Node.SelectMany(node => node.Output.Append(node.Name))
                .Concat(inner.Initializer.Select(tensor => tensor.Name)))
            .ToArray();
        while (Array.Exists(names, name => name.StartsWith(wanted, StringComparison.Ordinal)))
        {
            wanted += "_";
        }

        return wanted;
    }

    /// <summary>Removes every node, constant and input that a value does not depend on.</summary>
    public static void KeepOnlyWhatLeadsTo(this GraphProto graph, string value)
    {
        var (nodes, values) = graph.LeadingTo(value);
        NodeProto[] kept = [.. graph.Node.Where(nodes.Contains)];
        TensorProto[] constants = [.. graph.Initializer.Where(tensor => values.Contains(tensor.Name))];
        ValueInfoProto[] inputs = [.. graph.Input.Where(port => values.Contains(port.Name))];
        graph.Node.Clear();
        graph.Node.Add(kept);
        graph.Initializer.Clear();
        graph.Initializer.Add(constants);
        graph.Input.Clear();
        graph.Input.Add(inputs);
    }

    /// <summary>Gives a value another name wherever it is made or read.</summary>
    public static void Rename(this GraphProto graph, string from, string to)
    {
        foreach (var inner in graph.WithInner())
        {
            foreach (var node in inner.Node)
            {
                Replace(node.Input, from, to);
                Replace(node.Output, from, to);
            }

            foreach (var port in inner.Input.Concat(inner.Output).Where(port => port.Name == from))
            {
                port.Name = to;
            }

            foreach (var constant in inner.Initializer.Where(constant => constant.Name == from))
            {
                constant.Name = to;
            }
        }
    }

    private static void Replace(RepeatedField<string> names, string from, string to)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == from)
            {
                names[i] = to;
            }
        }
    }

    /// <summary>Puts every node behind those whose values it reads, as the format demands.</summary>
    public static void SortNodes(this GraphProto graph)
    {
        var made = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        var waiting = new LinkedList<NodeProto>(graph.Node);
        graph.Node.Clear();
        for (var round = -1; round != graph.Node.Count;)
        {
            round = graph.Node.Count;
            for (var node = waiting.First; node is not null;)
            {
                var next = node.Next;
                if (!node.Value.Reads().Any(made.Contains))
                {
                    graph.Node.Add(node.Value);
                    made.ExceptWith(node.Value.Output);
                    waiting.Remove(node);
                }

                node = next;
            }
        }

        Debug.Assert(waiting.Count == 0, "A graph without circles can be sorted.");
    }

    /// <summary>The nodes that read each value of a graph.</summary>
    public static ILookup<string, NodeProto> Readers(this GraphProto graph) =>
        graph.Node.SelectMany(node => node.Reads().Distinct().Select(name => (name, node))).ToLookup(pair => pair.name, pair => pair.node);

    /// <summary>The constants of a graph by name, those made by Constant nodes included.</summary>
    public static Dictionary<string, TensorProto> Constants(this GraphProto graph)
    {
        var constants = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var node in graph.Node.Where(node => node.OpType == "Constant"))
        {
            if (node.Attribute.FirstOrDefault(attribute => attribute.T is not null)?.T is { } tensor)
            {
                constants[node.Output[0]] = tensor;
            }
        }

        return constants;
    }

    /// <summary>The version of ONNX's own operators that a model uses.</summary>
    public static long Opset(this ModelProto model) =>
        model.OpsetImport.Where(opset => opset.Domain is "" or "ai.onnx").Select(opset => opset.Version).DefaultIfEmpty(1).Max();
}

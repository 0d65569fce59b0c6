namespace Dml.Training.Catalogues;

/// <summary>One line of a catalogue table: something a recipe chooses by name.</summary>
public interface IMethod
{
    /// <summary>The name in recipes, such as <c>proxy-anchor</c>.</summary>
    string Name { get; }

    /// <summary>Authors, title, venue and arXiv number.</summary>
    string Paper { get; }

    /// <summary>The method's options record filled with the published defaults.</summary>
    object Defaults { get; }

    /// <summary>What else <c>dml list</c> says of it, by what it is: the files a dataset expects, a figure's formula.</summary>
    IReadOnlyDictionary<string, string> Notes => new Dictionary<string, string>();
}

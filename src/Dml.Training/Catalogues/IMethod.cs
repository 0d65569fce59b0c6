namespace Dml.Training.Catalogues;

/// <summary>A line of a catalogue table: a method that recipes choose by name.</summary>
public interface IMethod
{
    /// <summary>The name in recipes, such as <c>proxy-anchor</c>.</summary>
    string Name { get; }

    /// <summary>Authors, title, venue and arXiv number.</summary>
    string Paper { get; }

    /// <summary>The method's options record with the published defaults.</summary>
    object Defaults { get; }

    /// <summary>
    /// Further facts that <c>dml list</c> prints, by their names: the files that a dataset expects, the formula of a figure.
    /// </summary>
    IReadOnlyDictionary<string, string> Notes => new Dictionary<string, string>();
}

namespace Dml.Training.Catalogues;

/// <summary>A table of methods, as <c>dml list</c> prints it.</summary>
public interface ICatalogue
{
    /// <summary>What the table holds, in the plural: <c>losses</c>.</summary>
    string Kind { get; }

    /// <summary>The lines, in the order of the source file.</summary>
    IReadOnlyList<ICatalogueEntry> Entries { get; }
}

using System.Globalization;

namespace Dml.Embedding.Adoption;

/// <summary>What was found out about a network, and the proof.</summary>
/// <param name="Name">The embedder's name.</param>
/// <param name="Input">Name of the picture input in the original.</param>
/// <param name="Output">Name of the value that became the embedding.</param>
/// <param name="Pooling">How: none, cls, average or tokens.</param>
/// <param name="Dimension">Length of the embedding.</param>
/// <param name="Preprocessing">How pictures are prepared.</param>
/// <param name="Differences">For each batch size, the largest absolute difference between entries of the unit vectors.</param>
/// <param name="OneByOne">Whether the batch could not be opened, so that the graph runs one picture after the other.</param>
/// <param name="Int8Cosine">Mean cosine between the vectors of the original and of the 8-bit network; null without 8 bits.</param>
public sealed record AdoptionReport(
    string Name,
    string Input,
    string Output,
    string Pooling,
    int Dimension,
    Preprocessing Preprocessing,
    IReadOnlyList<(int Batch, double Difference)> Differences,
    bool OneByOne,
    double? Int8Cosine)
{
    /// <summary>The text of the embedder's card, in Markdown.</summary>
    /// <param name="file">Name of the file that was adopted.</param>
    internal string ToCard(string file) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # {Name}

        Adopted from `{file}` by `dml adopt`. It takes pictures of {Preprocessing.InputSize} x {Preprocessing.InputSize} pixels and gives
        unit vectors of {Dimension} dimensions: output `{Output}`, pooling `{Pooling}`.

        Preparation: resize rule `{Preprocessing.Resize}`, planes {Preprocessing.Channels}, mean {Join(Preprocessing.Mean)}, standard
        deviation {Join(Preprocessing.Std)}.

        Against the original, run on one picture after the other: {Proof}.
        {Remarks}
        No retrieval figures were measured: `dml eval {Name} --recipe recipe.json` measures it on your labels. Its licence is that of the
        original.

        """);

    private string Proof => string.Join(
        ", ",
        Differences.Select(pair =>
            string.Create(CultureInfo.InvariantCulture, $"batch {pair.Batch} differs by at most {pair.Difference:E1}")));

    private string Remarks =>
        (OneByOne ? "Its batch is fixed in the original; the graph runs one picture after the other.\n" : "")
        + (Int8Cosine is { } cosine
            ? string.Create(CultureInfo.InvariantCulture, $"In 8-bit integers; mean cosine to the original's vectors {cosine:F4}.\n")
            : "");

    private static string Join(float[] values) =>
        string.Join(", ", values.Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)));
}

namespace Dml.Training.Labels;

/// <summary><c>label-head.json</c>.</summary>
internal sealed class LabelHeadFile
{
    /// <summary>Of the embedder whose vectors these are.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Length of its vectors.</summary>
    public required int Dimension { get; init; }

    public List<ImprintedClass> Classes { get; init; } = [];

    /// <summary>One class.</summary>
    internal sealed class ImprintedClass
    {
        public required string Name { get; init; }

        /// <summary>Sum of the unit vectors of its pictures.</summary>
        public required float[] Sum { get; init; }

        /// <summary>How many.</summary>
        public int Count { get; set; }

        /// <summary>One of them where the sum has no direction, else null.</summary>
        public float[]? First { get; set; }
    }
}

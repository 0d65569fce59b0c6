namespace Dml.Training.Losses;

/// <summary>What a loss needs to know about the network and the training set.</summary>
/// <param name="Classes">Number of training classes, at least 1.</param>
/// <param name="Dimension">Length of an embedding, at least 1.</param>
public sealed record LossShape(int Classes, int Dimension)
{
    /// <summary>Length of the backbone's pooled feature; 0 without a network.</summary>
    public int FeatureDimension { get; init; }

    /// <summary>The dense class number of every training picture; a batch refers to its rows by positions in this list.</summary>
    public IReadOnlyList<int> PictureLabels { get; init; } = [];

    /// <summary>
    /// The labels of every training picture if pictures have several: dense label numbers in ascending order. Empty if there are only
    /// classes.
    /// </summary>
    public IReadOnlyList<int[]> PictureLabelSets { get; init; } = [];

    /// <summary>
    /// The modality of every training picture: 0 for queries, 1 for answers, such as sketches and photos. Empty if there is only one.
    /// </summary>
    public IReadOnlyList<int> PictureModalities { get; init; } = [];

    /// <summary>The teacher's unit vectors of all training pictures, [pictures, any dimension]; empty without a teacher.</summary>
    public IReadOnlyList<float[]> TeacherVectors { get; init; } = [];
}

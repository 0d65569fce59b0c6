namespace Dml.Training.Losses;

/// <summary>What a loss must know of its surroundings.</summary>
/// <param name="Classes">Number of training classes, at least 1.</param>
/// <param name="Dimension">Length of an embedding, at least 1.</param>
public sealed record LossShape(int Classes, int Dimension)
{
    /// <summary>Length of the backbone's pooled feature; 0 where there is no network.</summary>
    public int FeatureDimension { get; init; }

    /// <summary>The dense class of every training picture; a batch names its rows by places in this list.</summary>
    public IReadOnlyList<int> PictureLabels { get; init; } = [];

    /// <summary>What every training picture shows where pictures have several labels: dense label numbers in ascending order; empty where the class is all.</summary>
    public IReadOnlyList<int[]> PictureLabelSets { get; init; } = [];

    /// <summary>The modality of every training picture (0 asks, 1 answers, such as sketch and photo); empty where there is one.</summary>
    public IReadOnlyList<int> PictureModalities { get; init; } = [];

    /// <summary>Unit vectors of every training picture by the teacher, [pictures, any dimension]; empty without a teacher.</summary>
    public IReadOnlyList<float[]> TeacherVectors { get; init; } = [];
}

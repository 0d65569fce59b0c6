namespace Dml.Training.Data;

/// <summary>The pictures that a recipe trains and evaluates on.</summary>
/// <param name="ContentKey">Changes when a picture's bytes may have changed: decoded pictures are cached under it.</param>
/// <param name="Pictures">In a stable order: ordinal by id.</param>
public sealed record Dataset(string ContentKey, IReadOnlyList<LabelledPicture> Pictures);

using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>
/// The changes of one picture. Augmentations only compose them: geometry into one affine map, colour into one matrix, so that a
/// picture is resampled once and rounded once however many augmentations a recipe has.
/// </summary>
public sealed class AugmentationPlan
{
    /// <summary>
    /// Maps a point of the result to the point of the source it is taken from. Both are squares from -1 to 1, y downwards.
    /// </summary>
    public Matrix3x2 SourceFromResult { get; private set; } = Matrix3x2.Identity;

    /// <summary>
    /// Maps a colour (red, green, blue, 1), each from 0 to 1, as a row vector from the left. Values outside 0..1 are cut off once, at the
    /// end.
    /// </summary>
    public Matrix4x4 Colour { get; private set; } = Matrix4x4.Identity;

    /// <summary>What is drawn outside the source.</summary>
    public Outside Outside { get; set; } = Outside.Edge;

    /// <summary>Gaussian blur of the result, in pixels of the result; 0 for none.</summary>
    public float BlurSigma { get; set; }

    /// <summary>Adds a geometric change that comes after those so far.</summary>
    /// <param name="beforeFromAfter">Where a point after the change comes from.</param>
    public void Move(Matrix3x2 beforeFromAfter) => SourceFromResult = beforeFromAfter * SourceFromResult;

    /// <summary>Adds a change of colour that comes after those so far.</summary>
    public void Recolour(Matrix4x4 change) => Colour *= change;
}

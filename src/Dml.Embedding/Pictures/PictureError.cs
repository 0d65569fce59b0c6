namespace Dml.Embedding;

/// <summary>A picture was not accepted.</summary>
/// <param name="Problem">The kind, for programs.</param>
/// <param name="Message">One sentence for the person who sent it.</param>
public sealed record PictureError(PictureProblem Problem, string Message);

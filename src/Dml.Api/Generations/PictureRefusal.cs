using Dml.Api.Failures;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>Turns an embedder's error about a picture into a refusal.</summary>
internal static class PictureRefusal
{
    public static Refusal ToRefusal(this PictureError error)
    {
        var code = error.Problem switch
        {
            PictureProblem.Empty => ProblemCode.EmptyImage,
            PictureProblem.NotAPicture => ProblemCode.NotAnImage,
            PictureProblem.TooManyPixels => ProblemCode.TooManyPixels,
            PictureProblem.Busy => ProblemCode.Busy,
            _ => ProblemCode.BadImage,
        };
        return new Refusal(code, error.Message);
    }
}

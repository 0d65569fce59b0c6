using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Http;

/// <summary>A refused picture as the answer of the contract.</summary>
internal static class PictureProblems
{
    public static ProblemHttpResult Of(PictureError error)
    {
        var code = error.Problem switch
        {
            PictureProblem.Empty => ProblemCode.EmptyImage,
            PictureProblem.NotAPicture => ProblemCode.NotAnImage,
            PictureProblem.TooManyPixels => ProblemCode.TooManyPixels,
            PictureProblem.Busy => ProblemCode.Busy,
            _ => ProblemCode.BadImage,
        };
        return code.With(error.Message);
    }
}

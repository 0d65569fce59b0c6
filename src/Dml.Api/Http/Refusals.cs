namespace Dml.Api.Http;

/// <summary>The problem codes that an endpoint answers with; the OpenAPI document is made from them.</summary>
internal sealed record Refusals(IReadOnlyList<ProblemCode> Codes)
{
    /// <summary>What a picture can be refused for.</summary>
    public static readonly ProblemCode[] OfPictures =
    [
        ProblemCode.EmptyImage, ProblemCode.BadForm, ProblemCode.TooLarge, ProblemCode.NotAnImage, ProblemCode.BadImage, ProblemCode.TooManyPixels,
        ProblemCode.Busy,
    ];
}

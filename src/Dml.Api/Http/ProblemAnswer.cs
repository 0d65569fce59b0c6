namespace Dml.Api.Http;

/// <summary>Answers with a problem from a middleware.</summary>
internal static class ProblemAnswer
{
    /// <summary>Answers, and leaves the type among the features for who records the answer.</summary>
    public static Task AnswerAsync(this HttpContext context, ProblemType type, string detail)
    {
        context.Features.Set(type);
        return type.With(detail).ExecuteAsync(context);
    }
}

using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Http;

/// <summary>The code of the problem that a request was answered with, among its features for what records the answer.</summary>
internal sealed record AnsweredProblem(string Code);

/// <summary>Answers with a problem from a middleware, and notes which problem an endpoint answers with.</summary>
internal static class ProblemAnswer
{
    /// <summary>Answers, and notes the problem.</summary>
    public static Task AnswerAsync(this HttpContext context, ProblemType type, string detail) => context.AnswerAsync(type.With(detail));

    /// <summary>Answers, and notes the problem.</summary>
    public static Task AnswerAsync(this HttpContext context, ProblemHttpResult problem)
    {
        context.Note(problem);
        return problem.ExecuteAsync(context);
    }

    /// <summary>Notes the problem that an endpoint answers with.</summary>
    public static TBuilder NotesProblems<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.AddEndpointFilter(async (invocation, next) =>
    {
        var answer = await next(invocation);
        var result = answer;
        while (result is INestedHttpResult nested)
        {
            result = nested.Result;
        }

        if (result is ProblemHttpResult problem)
        {
            invocation.HttpContext.Note(problem);
        }

        return answer;
    });

    private static void Note(this HttpContext context, ProblemHttpResult problem)
    {
        if (problem.ProblemDetails.Extensions.TryGetValue("code", out var code) && code is string text)
        {
            context.Features.Set(new AnsweredProblem(text));
        }
    }
}

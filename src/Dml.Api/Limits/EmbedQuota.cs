using System.Globalization;
using Dml.Api.Http;
using Dml.Api.Security;

namespace Dml.Api.Limits;

/// <summary>Refuses pictures of a key that has had as much embedded as it may, before they are received.</summary>
internal sealed class EmbedQuota(RequestDelegate next, Accounts accounts)
{
    public Task InvokeAsync(HttpContext context)
    {
        // A region is embedded of a stored picture, too.
        if ((context.GetEndpoint()?.Metadata.GetMetadata<PictureBody>() is null && !context.Request.Query.ContainsKey("region"))
            || accounts.BudgetOf(Caller.Of(context).Key) is not { Wait: { Ticks: > 0 } wait } budget)
        {
            return next(context);
        }

        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return context.AnswerAsync(
            ProblemType.QuotaSpent,
            $"This key may have pictures decoded and embedded for {budget.Seconds.ToString(CultureInfo.InvariantCulture)} seconds in a "
            + "minute, and has used them up. Try again after Retry-After seconds.");
    }
}

using Dml.Api.Failures;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Dml.Api.Http;

/// <summary>The conditions of a write, If-Match and If-None-Match (RFC 9110, 13.1).</summary>
/// <param name="Wanted">One of these tags must match; empty for any (<c>*</c>), null without the header.</param>
/// <param name="Unwanted">None of these tags may match; empty for any (<c>*</c>), null without the header.</param>
internal sealed record Conditions(IReadOnlyList<string>? Wanted, IReadOnlyList<string>? Unwanted)
{
    public static Result<Conditions> Read(HttpRequest request)
    {
        var headers = request.GetTypedHeaders();
        // A weak tag says that two representations are about the same, which is not enough to write on.
        return TryRead(request.Headers.IfMatch, headers.IfMatch, isStrong: true, out var wanted)
            && TryRead(request.Headers.IfNoneMatch, headers.IfNoneMatch, isStrong: false, out var unwanted)
            ? new Conditions(wanted, unwanted)
            : new Refusal(
                ProblemType.BadRequest.Code, "If-Match and If-None-Match take the ETags of earlier answers, in quotes, or *.");
    }

    private static bool TryRead(
        StringValues given, IList<EntityTagHeaderValue> tags, bool isStrong, out IReadOnlyList<string>? values)
    {
        values = null;
        if (given.Count == 0)
        {
            return true;
        }

        if (tags.Any(tag => tag.Tag == "*"))
        {
            values = [];
            return true;
        }

        // A strong condition that has weak tags only can never hold: no version is called "".
        values = [.. tags.Where(tag => !isStrong || !tag.IsWeak).Select(tag => tag.Tag.Value!.Trim('"')).DefaultIfEmpty("")];
        return tags.Count > 0;
    }
}

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Search;

/// <summary>How many hits, how similar, and which items.</summary>
internal sealed record SearchQuery(
    [property: FromQuery(Name = "k"), Description("Hits wanted, 1 to 1000."), DefaultValue(10)] int? K,
    [property: FromQuery(Name = "minScore"), Description("Leave out hits below this cosine, -1 to 1.")] float? MinScore,
    [property: FromQuery(Name = "filter"), Description("Which items, for example `label:red-apple` or `attr.set:noto AND NOT label:car`.")] string? Filter)
{
    public const int DefaultHits = 10;
    public const int MostHits = 1000;

    public bool TryRead([NotNullWhen(true)] out SearchRequest? request, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        request = null;
        problem = null;
        ItemFilter? filter = null;
        if (K is < 1 or > MostHits)
        {
            problem = ProblemCode.BadParameter.With($"k is {K}; expected 1 to {MostHits}.");
        }
        else if (MinScore is < -1 or > 1 or float.NaN)
        {
            problem = ProblemCode.BadParameter.With($"minScore is {MinScore}; expected a cosine from -1 to 1.");
        }
        else if (!string.IsNullOrWhiteSpace(Filter) && !FilterParser.TryParse(Filter, out filter, out var error))
        {
            problem = ProblemCode.BadFilter.With(error);
        }

        if (problem is not null)
        {
            return false;
        }

        request = new SearchRequest(K ?? DefaultHits, MinScore ?? -1, filter);
        return true;
    }
}

using System.ComponentModel;
using Dml.Api.Catalogue.Filters;
using Dml.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Search;

/// <summary>The query parameters of a search.</summary>
internal sealed record SearchQuery(
    [property: FromQuery(Name = "k"), Description("Maximum number of hits, 1 to 1000."), DefaultValue(10)] int? K,
    [property: FromQuery(Name = "minScore"), Description("Omit hits with a lower cosine, -1 to 1.")] float? MinScore,
    [property: FromQuery(Name = "filter"), Description("Search only these items, for example `label:red-apple` or `attr.set:noto AND NOT label:car`.")] string? Filter)
{
    private const int DefaultHits = 10;
    private const int MostHits = 1000;

    public Result<SearchRequest> Read()
    {
        if (K is < 1 or > MostHits)
        {
            return new Refusal(ProblemCode.BadParameter, $"k is {K}; expected 1 to {MostHits}.");
        }

        if (MinScore is < -1 or > 1 or float.NaN)
        {
            return new Refusal(ProblemCode.BadParameter, $"minScore is {MinScore}; expected a cosine from -1 to 1.");
        }

        ItemFilter? filter = null;
        return !string.IsNullOrWhiteSpace(Filter) && !FilterParser.TryParse(Filter, out filter, out var error)
            ? new Refusal(ProblemCode.BadFilter, error)
            : new SearchRequest(K ?? DefaultHits, MinScore ?? -1, filter);
    }
}

/// <summary>A validated <see cref="SearchQuery"/>.</summary>
internal sealed record SearchRequest(int Hits, float MinScore, ItemFilter? Filter);

using Dml.Api.Catalogue.Filters;

namespace Dml.Api.Search;

/// <summary>A search: the maximum number of hits, the lowest cosine (-1 to 1), and the items to search, all when null.</summary>
internal sealed record SearchRequest(int Hits, float MinScore, ItemFilter? Filter);

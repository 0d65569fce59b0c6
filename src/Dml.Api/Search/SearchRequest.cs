using Dml.Api.Catalogue.Filters;

namespace Dml.Api.Search;

/// <summary>
/// A search: the maximum number of hits, the lowest cosine (-1 to 1), the items to search, all when null, and how many times as wide the
/// beam is as the index would make it.
/// </summary>
internal sealed record SearchRequest(int Hits, float MinScore, ItemFilter? Filter, int Effort = 1);

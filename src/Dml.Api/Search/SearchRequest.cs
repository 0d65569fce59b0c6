using Dml.Api.Catalogue.Filters;

namespace Dml.Api.Search;

/// <summary>A checked <see cref="SearchQuery"/>.</summary>
internal sealed record SearchRequest(int Hits, float MinScore, ItemFilter? Filter);

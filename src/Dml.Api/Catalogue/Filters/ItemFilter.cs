namespace Dml.Api.Catalogue.Filters;

/// <summary>A condition on items: SQL with parameters, made by <see cref="FilterParser"/> and never from raw text.</summary>
internal sealed record ItemFilter(string Sql, IReadOnlyList<object> Values);

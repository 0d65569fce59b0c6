namespace Dml.Api.Catalogue.Filters;

/// <summary>A condition on items: parameterised SQL from <see cref="FilterParser"/>, which contains no user input.</summary>
internal sealed record ItemFilter(string Sql, IReadOnlyList<object> Values);

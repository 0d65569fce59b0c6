namespace Dml.Api.OpenApi;

/// <summary>Marks an endpoint whose body is an archive or names a folder.</summary>
internal sealed record ImportBody;

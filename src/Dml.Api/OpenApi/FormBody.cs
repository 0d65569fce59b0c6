namespace Dml.Api.OpenApi;

/// <summary>Marks an endpoint whose body is a form of these file fields.</summary>
internal sealed record FormBody(params string[] Files);

namespace Dml.Api.OpenApi;

/// <summary>Marks an endpoint whose body is a picture, with or without the fields label and attributes.</summary>
internal sealed record PictureBody(bool WithFields);

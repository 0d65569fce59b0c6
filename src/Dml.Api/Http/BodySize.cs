using Microsoft.AspNetCore.Http.Metadata;

namespace Dml.Api.Http;

/// <summary>An endpoint's own limit on its body, in bytes, in place of the general one; <c>Key</c> is the setting that holds it.</summary>
internal sealed record BodySize(long? MaxRequestBodySize, string Key) : IRequestSizeLimitMetadata;

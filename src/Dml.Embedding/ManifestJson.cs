using System.Text.Json.Serialization;

namespace Dml.Embedding;

/// <summary>How <c>model.json</c> is read and written: camelCase; an unknown member and one that comes twice are errors.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(EmbedderManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

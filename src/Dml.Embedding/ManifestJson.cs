using System.Text.Json.Serialization;

namespace Dml.Embedding;

/// <summary>How <c>model.json</c> is read and written: camelCase; an unknown member is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(EmbedderManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

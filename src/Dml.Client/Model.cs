using System.Text.Json.Nodes;

namespace Dml.Client;

/// <summary>An embedder's folder: what its manifest says, or why it cannot be used.</summary>
public sealed record Model(
    string Name, bool Active, string? Fingerprint, int? Dimension, int? InputSize, JsonObject? Training, JsonObject? Figures, string? Problem);

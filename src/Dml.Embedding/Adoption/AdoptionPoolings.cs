namespace Dml.Embedding.Adoption;

/// <summary>The names of poolings on command lines, in queries and in manifests.</summary>
public static class AdoptionPoolings
{
    private static readonly Dictionary<string, AdoptionPooling> ByName = new(StringComparer.Ordinal)
    {
        ["auto"] = AdoptionPooling.Auto,
        ["cls"] = AdoptionPooling.ClassToken,
        ["average"] = AdoptionPooling.Average,
        ["tokens"] = AdoptionPooling.Tokens,
        ["none"] = AdoptionPooling.None,
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The pooling of a name; null is <c>auto</c>.</summary>
    /// <exception cref="AdoptionException">It is none of <see cref="Names"/>.</exception>
    public static AdoptionPooling Parse(string? name) => ByName.TryGetValue(name ?? "auto", out var pooling)
        ? pooling
        : throw new AdoptionException(
            AdoptionQuestion.Output, $"'{name}' is not a pooling; known are {string.Join(", ", ByName.Keys)}.");

    /// <summary>The name of a pooling.</summary>
    public static string Name(AdoptionPooling pooling) => ByName.First(pair => pair.Value == pooling).Key;
}

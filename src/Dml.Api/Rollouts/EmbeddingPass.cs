namespace Dml.Api.Rollouts;

/// <summary>What one pass over the catalogue did.</summary>
/// <param name="Embedded">Items that were embedded.</param>
/// <param name="Failed">Items that could not be embedded, because the embedder refuses their picture or the picture is lost.</param>
/// <param name="Named">Ids of the first of them.</param>
internal sealed record EmbeddingPass(long Embedded, long Failed, IReadOnlyList<string> Named)
{
    /// <summary>Says which items failed and what to do.</summary>
    public string Problem =>
        $"{Failed} {(Failed == 1 ? "item" : "items")} cannot be embedded, among them {string.Join(", ", Named)}. The log says why; upload "
        + "their pictures again or delete them.";
}

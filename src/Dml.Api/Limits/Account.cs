using Dml.Api.Catalogue;

namespace Dml.Api.Limits;

/// <summary>The caller that a picture is embedded and stored for.</summary>
/// <param name="Caller">The key or the address; callers take turns at the embedder.</param>
/// <param name="Owner">Whose quotas of items and bytes count; null without a key.</param>
/// <param name="Budget">What the key may have embedded; null for any amount.</param>
internal sealed record Account(string Caller, ItemOwner? Owner, EmbedBudget? Budget)
{
    /// <summary>The service itself.</summary>
    public static readonly Account Own = new("", null, null);
}

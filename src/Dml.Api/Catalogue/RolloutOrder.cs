namespace Dml.Api.Catalogue;

/// <summary>How a rollout was asked for, as far as the gate has to know it.</summary>
/// <param name="Unattended">A retrain asked, so that nobody looks at the result before it answers searches.</param>
/// <param name="OverriddenBy">Who wants the generation activated even if the gate refuses it; null: nobody.</param>
internal sealed record RolloutOrder(bool Unattended = false, string? OverriddenBy = null)
{
    /// <summary>Somebody rolls out an embedder and abides by the gate.</summary>
    public static readonly RolloutOrder Ordinary = new();
}

using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;
using Dml.Embedding.Labels;

namespace Dml.Api.Gate;

/// <summary>The section <c>Gate</c>: what a new generation must reach.</summary>
[Section("Gate")]
internal sealed class GateOptions
{
    /// <summary>Recall at ten that the index of a new generation must reach.</summary>
    [Range(0.0, 1.0)]
    public double Recall { get; set; } = 0.98;

    /// <summary>
    /// Recall at ten that the index must reach in the stratum that it serves worst: among the items of one label, or among those with
    /// neighbours about as far away.
    /// </summary>
    [Range(0.0, 1.0)]
    public double StratumRecall { get; set; } = 0.7;

    /// <summary>How much lower R@1 and MAP@R of a new generation may be than those of the active one.</summary>
    [Range(0.0, 1.0)]
    public double Margin { get; set; } = 0.02;

    /// <summary>
    /// The fraction of the labels that no retrain learns from, and that compares generations when it is unknown what an embedder was
    /// trained on.
    /// </summary>
    [Range(0.0, 1.0)]
    public double HeldOut { get; set; } = HeldOutLabels.DefaultShare;

    /// <summary>Whether an index finds enough, over all items and in its worst stratum; what was not measured is enough.</summary>
    public bool IsReachedBy(RecallFigure? figure) =>
        figure is null || (figure.Recall >= Recall && (figure.Worst is null || figure.Worst.Recall >= StratumRecall));
}

using System.Text.Json.Nodes;

namespace Dml.Training.Comparison;

/// <summary>One row of a comparison: the shared recipe with some changes.</summary>
public sealed record ComparisonMethod
{
    /// <summary>The name in the leaderboard and of its folder: letters, digits, <c>.</c>, <c>_</c>, <c>+</c> and <c>-</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// Changes of the recipe: key paths with values, <c>{ "loss": "triplet", "training.epochs": 10 }</c>, as <c>--set</c> takes them.
    /// </summary>
    public JsonObject Set { get; init; } = [];

    /// <summary>False: the backbone as published, without head or training; one cell whatever the seeds.</summary>
    public bool Train { get; init; } = true;

    /// <summary>The row that this one is compared with; null takes the comparison's baseline.</summary>
    public string? Against { get; init; }
}

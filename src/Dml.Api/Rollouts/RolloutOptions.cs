using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Rollouts;

/// <summary>The section <c>Rollout</c>.</summary>
[Section("Rollout")]
internal sealed class RolloutOptions
{
    /// <summary>Pictures that a rollout embeds at the same time; configured as 0, one for every two processors.</summary>
    [Range(0, 1024)]
    public int Workers { get => field == 0 ? Math.Max(1, Environment.ProcessorCount / 2) : field; set; }
}

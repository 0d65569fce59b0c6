using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Generations;

/// <summary>The section <c>Generations</c>.</summary>
[Section("Generations")]
internal sealed class GenerationOptions
{
    /// <summary>How many generations keep their vectors, the active one included.</summary>
    [Range(1, 1000)]
    public int Keep { get; set; } = 2;
}

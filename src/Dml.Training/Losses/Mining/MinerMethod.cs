using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>A line of <see cref="MinerCatalogue"/>.</summary>
public sealed class MinerMethod : IMethod
{
    private readonly Method<IMiner> _method;

    private MinerMethod(Method<IMiner> method) => _method = method;

    /// <inheritdoc/>
    public string Name => _method.Name;

    /// <inheritdoc/>
    public string Paper => _method.Paper;

    /// <inheritdoc/>
    public object Defaults => _method.Defaults;

    /// <summary>What it chooses, in one sentence.</summary>
    public required string Idea { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes => new Dictionary<string, string> { ["idea"] = Idea };

    internal static MinerMethod Of<TOptions>(string name, string paper, Func<TOptions, IMiner> make, string idea)
        where TOptions : class, new()
        => new(Method<IMiner>.Of(name, paper, make)) { Idea = idea };

    internal IMiner Make(JsonObject? options) => _method.Make(options);
}

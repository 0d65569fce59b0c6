using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>A line of the table of datasets.</summary>
public sealed class DatasetMethod : IMethod
{
    private readonly Method<Func<string, Dataset>> _method;

    private DatasetMethod(DatasetAbout about, Method<Func<string, Dataset>> method) => (About, _method) = (about, method);

    /// <inheritdoc/>
    public string Name => About.Name;

    /// <inheritdoc/>
    public string Paper => About.Paper;

    /// <inheritdoc/>
    public object Defaults => _method.Defaults;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes =>
        new Dictionary<string, string>
        {
            ["layout"] = string.Join("; ", About.Layout),
            ["split"] = About.Split,
            ["source"] = About.Source,
        };

    internal DatasetAbout About { get; }

    internal static DatasetMethod Of<TOptions>(DatasetAbout about, Func<TOptions, string, Dataset> open) where TOptions : class, new()
        => new(about, Method<Func<string, Dataset>>.Of<TOptions>(about.Name, about.Paper, options => root => open(options, root)));

    /// <summary>Opens the dataset from the folder that relative paths start at.</summary>
    /// <exception cref="RecipeException">An option that it does not have; the opened set is missing or damaged.</exception>
    public Func<string, Dataset> Make(JsonObject? options) => _method.Make(options);
}

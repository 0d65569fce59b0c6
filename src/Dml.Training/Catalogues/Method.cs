using System.Text.Json.Nodes;

namespace Dml.Training.Catalogues;

/// <summary>A line of a table: a method with its options record and its factory.</summary>
/// <typeparam name="TProduct">What the factory makes; a function if the method needs to know more than its options.</typeparam>
public sealed class Method<TProduct> : IMethod
{
    private readonly Func<JsonObject?, TProduct> _make;

    private Method(string name, string paper, object defaults, Func<JsonObject?, TProduct> make)
    {
        (Name, Paper, Defaults, _make) = (name, paper, defaults, make);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Paper { get; }

    /// <inheritdoc/>
    public object Defaults { get; }

    /// <summary>Creates the line of a method whose options are a record with defaults.</summary>
    internal static Method<TProduct> Of<TOptions>(string name, string paper, Func<TOptions, TProduct> make)
        where TOptions : class, new()
    {
        var defaults = new TOptions();
        return new(name, paper, defaults, given => make(MethodOptions.Read(name, defaults, given)));
    }

    /// <summary>Makes the method with these options.</summary>
    /// <exception cref="RecipeException">An option does not exist or has an unusable value.</exception>
    public TProduct Make(JsonObject? options) => _make(options);
}

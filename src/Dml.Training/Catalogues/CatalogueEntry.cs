using System.Text.Json.Nodes;

namespace Dml.Training.Catalogues;

/// <summary>One line of a <see cref="Catalogue{TContext,TProduct}"/>.</summary>
/// <typeparam name="TContext">What the method must know besides its options (number of classes, input size …).</typeparam>
/// <typeparam name="TProduct">What it makes.</typeparam>
public sealed class CatalogueEntry<TContext, TProduct> : ICatalogueEntry
{
    private readonly Func<object, TContext, TProduct> make;

    private CatalogueEntry(string name, string paper, Type optionsType, Func<object, TContext, TProduct> make)
    {
        (Name, Paper, OptionsType, this.make) = (name, paper, optionsType, make);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Paper { get; }

    /// <inheritdoc/>
    public Type OptionsType { get; }

    /// <inheritdoc/>
    public JsonObject DefaultOptions => StrictJson.Write(Activator.CreateInstance(OptionsType)!);

    /// <summary>A line for a method whose options are a record with defaults.</summary>
    internal static CatalogueEntry<TContext, TProduct> Of<TOptions>(string name, string paper, Func<TOptions, TContext, TProduct> make)
        where TOptions : class, new()
        => new(name, paper, typeof(TOptions), (options, context) => make((TOptions)options, context));

    /// <summary>The options of a recipe with the defaults filled in.</summary>
    /// <exception cref="RecipeException">An option that the method does not have, or a value of the wrong type.</exception>
    public object ReadOptions(JsonObject options, string where) => StrictJson.Read(options, OptionsType, $"{where} '{Name}'");

    /// <summary>The method with these options.</summary>
    /// <exception cref="RecipeException">The options cannot be used.</exception>
    public TProduct Make(JsonObject options, TContext context, string where) => make(ReadOptions(options, where), context);
}

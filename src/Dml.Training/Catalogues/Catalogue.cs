namespace Dml.Training.Catalogues;

/// <summary>A table of methods of one kind, chosen by name in a recipe. A method is one file and one line here; tests run over the table.</summary>
/// <typeparam name="TContext">What a method must know besides its options.</typeparam>
/// <typeparam name="TProduct">What a method makes.</typeparam>
public sealed class Catalogue<TContext, TProduct> : ICatalogue
{
    private readonly CatalogueEntry<TContext, TProduct>[] entries;

    /// <param name="kind">What the table holds, in the plural: <c>losses</c>.</param>
    /// <param name="entries">The lines.</param>
    public Catalogue(string kind, params CatalogueEntry<TContext, TProduct>[] entries)
    {
        Kind = kind;
        this.entries = entries;
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ICatalogueEntry> Entries => entries;

    /// <summary>The line with this name.</summary>
    /// <exception cref="RecipeException">There is none; the message names those there are.</exception>
    public CatalogueEntry<TContext, TProduct> this[string name]
        => Array.Find(entries, entry => entry.Name == name)
        ?? throw new RecipeException($"There is no '{name}' among the {Kind}. {Spelling.RightOnes(name, entries.Select(e => e.Name))}");

    /// <summary>Makes the method that a recipe chose.</summary>
    /// <exception cref="RecipeException">Unknown name, unknown option, or options that cannot be used.</exception>
    public TProduct Make(MethodChoice choice, TContext context) => this[choice.Name].Make(choice.Options, context, Kind);

    /// <summary>The same choice with every option written out.</summary>
    /// <exception cref="RecipeException">Unknown name or unknown option.</exception>
    public MethodChoice Resolve(MethodChoice choice)
        => choice with { Options = StrictJson.Write(this[choice.Name].ReadOptions(choice.Options, Kind)) };
}

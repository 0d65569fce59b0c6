namespace Dml.Training.Catalogues;

/// <summary>Look-up in a catalogue table.</summary>
public static class Catalogue
{
    /// <summary>The line named <paramref name="name"/>.</summary>
    /// <param name="kind">What the table holds, for the error message: "loss", "backbone"...</param>
    /// <param name="table">The table.</param>
    /// <param name="name">The name in the recipe.</param>
    /// <exception cref="RecipeException">No such name; the message lists the right ones.</exception>
    public static TMethod Find<TMethod>(string kind, IReadOnlyList<TMethod> table, string name) where TMethod : IMethod =>
        table.FirstOrDefault(m => m.Name == name)
        ?? throw new RecipeException($"There is no {kind} '{name}'. Known: {string.Join(", ", table.Select(m => m.Name))}.");
}

namespace Dml.Training.Catalogues;

/// <summary>Looks methods up in a catalogue table.</summary>
public static class Catalogue
{
    /// <summary>The line named <paramref name="name"/>.</summary>
    /// <param name="kind">The kind of method in the table, such as "loss" or "backbone", for the error message.</param>
    /// <param name="table">The table to search.</param>
    /// <param name="name">The name that the recipe gives.</param>
    /// <exception cref="RecipeException">The table has no such name; the message lists the known ones.</exception>
    public static TMethod Find<TMethod>(string kind, IReadOnlyList<TMethod> table, string name) where TMethod : IMethod =>
        table.FirstOrDefault(m => m.Name == name)
        ?? throw new RecipeException($"There is no {kind} '{name}'. Known: {string.Join(", ", table.Select(m => m.Name))}.");
}

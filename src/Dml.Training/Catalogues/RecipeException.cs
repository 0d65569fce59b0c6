namespace Dml.Training.Catalogues;

/// <summary>A recipe asks for something that does not exist or does not fit; the message says what is possible.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Says what was expected, what came and what to do.</summary>
    public RecipeException(string message) : base(message) { }

    /// <summary>The same, with the error underneath.</summary>
    public RecipeException(string message, Exception inner) : base(message, inner) { }
}

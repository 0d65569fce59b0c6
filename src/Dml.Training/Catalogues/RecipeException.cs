namespace Dml.Training.Catalogues;

/// <summary>Thrown when a recipe requests something that does not exist or does not fit; the message says what is possible.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Creates the exception with a message that says what was expected, what was found and what to do.</summary>
    public RecipeException(string message) : base(message) { }

    /// <summary>Creates the exception with the error that caused it.</summary>
    public RecipeException(string message, Exception inner) : base(message, inner) { }
}

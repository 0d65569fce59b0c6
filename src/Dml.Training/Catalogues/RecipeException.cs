namespace Dml.Training.Catalogues;

/// <summary>A recipe, or an option on the command line, that cannot be used as it stands. The message says what was expected, what came and what to do; the program prints it without a stack trace.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>No message: not for use by this program.</summary>
    public RecipeException() { }

    /// <summary>With what was expected, what came and what to do.</summary>
    public RecipeException(string message) : base(message) { }

    /// <summary>With the failure that lies below it.</summary>
    public RecipeException(string message, Exception inner) : base(message, inner) { }
}

namespace Dml.Training.Fetching;

/// <summary>A download that failed; the message says why and what to do.</summary>
public sealed class FetchException : Exception
{
    /// <summary>Creates the exception.</summary>
    public FetchException(string message) : base(message) { }

    /// <summary>Creates the exception with the error that caused it.</summary>
    public FetchException(string message, Exception inner) : base(message, inner) { }
}

namespace Dml.Index;

/// <summary>A file is not an index that this version can load. The message says what was expected, what was found and what to do.</summary>
public sealed class IndexFileException : IOException
{
    /// <summary>An exception without a message.</summary>
    public IndexFileException()
    {
    }

    /// <summary>An exception with a message.</summary>
    public IndexFileException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and its cause.</summary>
    public IndexFileException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

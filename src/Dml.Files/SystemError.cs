namespace Dml.Files;

/// <summary>Recognises errors of the system by their numbers: <see cref="Exception.HResult"/> of an IOException is errno on Unix.</summary>
internal static class SystemError
{
    /// <summary>Whether an exception, or an exception inside it, is such an error of a file.</summary>
    /// <param name="exception">The exception that was caught.</param>
    /// <param name="errors">The numbers on this system.</param>
    /// <param name="isOther">Recognises exceptions of a library, such as a database's; null to recognise only those of files.</param>
    public static bool Caused(Exception exception, int[] errors, Func<Exception, bool>? isOther = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            _ when isOther?.Invoke(exception) == true => true,
            AggregateException several => several.InnerExceptions.Any(inner => Caused(inner, errors, isOther)),
            IOException when errors.Contains(exception.HResult) => true,
            _ => exception.InnerException is { } inner && Caused(inner, errors, isOther),
        };
    }
}

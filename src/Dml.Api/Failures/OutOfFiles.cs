using Dml.Files;

namespace Dml.Api.Failures;

/// <summary>Recognises that the system permits this process no more open files.</summary>
internal static class OutOfFiles
{
    public const string Explanation =
        "The service has as many files open as the system permits (ulimit -n, LimitNOFILE). Nothing is lost; try again in a moment, and "
        + "raise the limit if this comes back.";

    /// <summary>Whether <paramref name="exception"/> or one of its inner exceptions means that.</summary>
    public static bool Caused(Exception exception) => OutOfHandles.Caused(exception);
}

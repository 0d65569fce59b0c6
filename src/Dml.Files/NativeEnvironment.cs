namespace Dml.Files;

/// <summary>Environment variables that native libraries read.</summary>
/// <remarks>
/// On Unix, <see cref="Environment.SetEnvironmentVariable(string, string)"/> changes only .NET's own copy of the environment; a native
/// library that calls <c>getenv</c> does not see it.
/// </remarks>
public static class NativeEnvironment
{
    /// <summary>Sets a variable for this process, its native libraries and the processes it starts.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="overwrite">Whether a value that the user has set is replaced.</param>
    public static void Set(string name, string value, bool overwrite)
    {
        if (!overwrite && Environment.GetEnvironmentVariable(name) is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
        {
            _ = Libc.SetEnvironment(name, value, overwrite: 1);
        }
    }
}

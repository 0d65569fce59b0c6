namespace Dml.Files;

/// <summary>Environment variables that native libraries read.</summary>
/// <remarks>
/// On Unix, <see cref="Environment.SetEnvironmentVariable(string, string)"/> changes only .NET's own copy of the environment; a native
/// library that calls <c>getenv</c> does not see it.
/// </remarks>
public static class NativeEnvironment
{
    /// <summary>Sets a variable for this process, its native libraries and the processes that it starts.</summary>
    /// <remarks>
    /// Call it before a library that reads the variable is loaded, and before other threads run: <c>setenv</c> must not run while another
    /// thread calls <c>getenv</c>.
    /// </remarks>
    /// <param name="name">Name of the variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="overwrite">Whether to replace a value that the user has set.</param>
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

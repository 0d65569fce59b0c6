namespace Dml.Files;

/// <summary>What was to be opened is not a regular file.</summary>
/// <param name="kind">What it is, such as "a named pipe".</param>
public sealed class NotRegularFileException(string kind) : IOException($"It is {kind}; only regular files are read.");

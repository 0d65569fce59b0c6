namespace Dml.Files.Tests;

/// <summary>Linux's files about processes.</summary>
internal static class Proc
{
    // Fields of /proc/PID/stat as proc(5) numbers them, counted from the one after the command's name.
    public const int ProcessGroup = 5 - 3;
    public const int MinorFaults = 10 - 3;
    public const int Nice = 19 - 3;

    public static string Stat(string process, int field) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ')[field];
}

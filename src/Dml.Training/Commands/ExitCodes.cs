namespace Dml.Training.Commands;

/// <summary>What the program tells a shell.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>Input or output error, as in sysexits.h: nothing is wrong with the recipe.</summary>
    public const int DiskFull = 74;

    /// <summary>128 + SIGINT, as shells expect.</summary>
    public const int Cancelled = 130;
}

namespace Dml.Training.Commands;

/// <summary>The exit codes of the program.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>Input or output error, EX_IOERR of sysexits.h: nothing is wrong with the recipe.</summary>
    public const int DiskFull = 74;

    /// <summary>128 + SIGINT, as shells expect.</summary>
    public const int Cancelled = 130;
}

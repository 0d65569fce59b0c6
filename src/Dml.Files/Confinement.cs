using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>Takes away from this process what it does not need, before it opens a foreign file. There is no way back.</summary>
public static unsafe class Confinement
{
    private const int CpuSeconds = 0;
    private const int DataBytes = 2;
    private const int CoreBytes = 4;

    private const int NoNewPrivileges = 38;
    private const uint SetFilter = 1;
    private const uint AllThreads = 1;

    // Classic BPF: load a word of the call's description, jump if equal, jump if not below, return.
    private const ushort Load = 0x20;
    private const ushort IfEqual = 0x15;
    private const ushort IfAtLeast = 0x35;
    private const ushort Return = 0x06;
    private const uint NumberOfCall = 0;
    private const uint Architecture = 4;
    private const uint Allow = 0x7FFF0000;
    private const uint Kill = 0x80000000;
    private const uint RefuseAsForbidden = 0x00050000 | 13;

    // Calls of the x32 interface have the same architecture and this bit.
    private const uint OtherInterface = 0x40000000;

    /// <summary>Limits memory and processor time, and, on Linux, forbids sockets and other programs.</summary>
    /// <remarks>
    /// Memory is limited on Linux only. It is what counts there as data: what the process may write to and shares with nobody, whether it
    /// has touched it or not. A limit of the address space would not do: .NET reserves 256 GB of it and uses little.
    /// </remarks>
    /// <param name="dataBytes">The most memory. An allocation beyond it fails.</param>
    /// <param name="cpuSeconds">The most processor time of all threads together; then the kernel ends the process.</param>
    public static void Enter(long dataBytes, long cpuSeconds)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // A crash would write all of the memory to the disk.
        Limit(CoreBytes, 0);
        Limit(CpuSeconds, cpuSeconds);
        if (OperatingSystem.IsLinux())
        {
            Limit(DataBytes, dataBytes);
            OfferToBeKilled();
            ForbidSocketsAndPrograms();
        }
    }

    // Where a container has no memory left, the kernel ends this process and not its parent.
    private static void OfferToBeKilled()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A sandbox without it.
        }
    }

    private static void Limit(int resource, long value)
    {
        var both = stackalloc ulong[] { (ulong)value, (ulong)value };
        _ = Libc.SetLimit(resource, both);
    }

    // A kernel that was built without seccomp refuses this, and a processor other than these two is not known here: then the process
    // goes on with its other limits.
    private static void ForbidSocketsAndPrograms()
    {
        // socket, execve, execveat, io_uring_setup (which opens sockets, too).
        (uint Architecture, nint Seccomp, uint[] Forbidden)? known = RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => (0xC000003E, 317, [41, 59, 322, 425]),
            System.Runtime.InteropServices.Architecture.Arm64 => (0xC00000B7, 277, [198, 221, 281, 425]),
            _ => null,
        };
        if (known is not { } calls)
        {
            return;
        }

        var count = calls.Forbidden.Length;
        Step[] filter =
        [
            new(Load, 0, 0, Architecture),
            new(IfEqual, 1, 0, calls.Architecture),
            new(Return, 0, 0, Kill),
            new(Load, 0, 0, NumberOfCall),
            new(IfAtLeast, (byte)(count + 1), 0, OtherInterface),
            .. calls.Forbidden.Select((number, i) => new Step(IfEqual, (byte)(count - i), 0, number)),
            new(Return, 0, 0, Allow),
            new(Return, 0, 0, RefuseAsForbidden),
        ];
        fixed (Step* steps = filter)
        {
            var program = new Filter((ushort)filter.Length, steps);
            _ = Libc.ProcessControl(NoNewPrivileges, 1, 0, 0, 0);
            _ = Libc.SystemCall(calls.Seccomp, SetFilter, AllThreads, &program);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Step(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Filter(ushort length, Step* steps)
    {
        private readonly ushort _length = length;
        private readonly Step* _steps = steps;
    }
}

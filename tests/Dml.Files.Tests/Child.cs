using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Files.Tests;

/// <summary>What this assembly does instead of running tests when a test starts it as a process, for settings of a whole process.</summary>
internal static unsafe class Child
{
    private const string Role = "DML_FILES_CHILD";

    private static readonly Dictionary<string, Func<string>> Roles = new()
    {
        ["lower-7"] = () => Lower(7),
        ["lower-0"] = () => Lower(0),
        ["stay-in-group"] = () => Proc.Stat("self", Proc.ProcessGroup),
        ["leave-group"] = () =>
        {
            ProcessGroup.Leave();
            return $"{Environment.ProcessId} {Proc.Stat("self", Proc.ProcessGroup)}";
        },
        ["unconfined"] = TryEverything,
        ["confined"] = () =>
        {
            Confinement.Enter(dataBytes: 1L << 30, cpuSeconds: 60);
            return TryEverything();
        },
        ["default-allocator"] = AreBuffersMapped,
        ["return-freed-memory"] = () =>
        {
            NativeAllocator.ReturnFreedMemory();
            return AreBuffersMapped();
        },
        ["keep-freed-memory"] = () =>
        {
            NativeAllocator.KeepFreedMemory();
            return AreBuffersMapped();
        },
        ["default-small-blocks"] = () => AreSmallBlocksKept(),
        ["small-blocks-of-a-service"] = () =>
        {
            NativeAllocator.ReturnFreedMemory();
            return AreSmallBlocksKept();
        },
        ["trimmed-small-blocks"] = () =>
        {
            NativeAllocator.ReturnFreedMemory();
            return AreSmallBlocksKept(NativeAllocator.Trim);
        },
    };

    /// <summary>Starts a child and returns what it printed.</summary>
    public static string Run(string role)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        }

        start.Environment[Role] = role;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        Assert.True(process.WaitForExit(60_000), "the child does not end");
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Role) is { } role)
        {
            Console.WriteLine(Roles[role]());
            Environment.Exit(0);
        }
    }

    /// <summary>The nice values of all threads, of which one was started before and one after.</summary>
    private static string Lower(int nice)
    {
        using var end = new ManualResetEventSlim();
        StartThread(end);
        ProcessPriority.Lower(nice);
        StartThread(end);
        var threads = Directory.EnumerateDirectories("/proc/self/task").Select(path => Path.GetFileName(path));
        var text = string.Join(' ', threads.Select(thread => Proc.Stat($"self/task/{thread}", Proc.Nice)));
        end.Set();
        return text;
    }

    private static void StartThread(ManualResetEventSlim end)
    {
        using var started = new ManualResetEventSlim();
        new Thread(() =>
        {
            started.Set();
            end.Wait(TimeSpan.FromMinutes(5));
        })
        { IsBackground = true }.Start();
        Assert.True(started.Wait(TimeSpan.FromMinutes(1)), "a thread does not start");
    }

    /// <summary>What a process can do: allocate a gigabyte and more, open a socket, start a program.</summary>
    private static string TryEverything() =>
        $"{Works(AllocateAndFree)} {Works(OpenSocket)} {Works(() => Process.Start("true").WaitForExit())}";

    private static void AllocateAndFree() => NativeMemory.Free(NativeMemory.Alloc(3_000_000_000));

    private static void OpenSocket()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    }

    private static bool Works(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or SocketException or Win32Exception)
        {
            return false;
        }
    }

    // glibc maps a large buffer on its own, where it begins 16 bytes after the start of a page. The first one that is freed
    // raises the limit, so by default the second one comes from the heap.
    private static string AreBuffersMapped()
    {
        const int Megabyte = 1 << 20;
        NativeMemory.Free(NativeMemory.Alloc(8 * Megabyte));
        var buffers = Enumerable.Range(5, 3).Select(megabytes => (nuint)NativeMemory.Alloc((nuint)megabytes * Megabyte + 1000)).ToList();
        return buffers.All(buffer => buffer % 4096 == 16).ToString();
    }

    // Whether memory that was freed can be used again without a fault for each of its pages.
    private static string AreSmallBlocksKept(Action? afterRound = null)
    {
        const int Blocks = 64;
        const int Bytes = 100 * 1024;
        var faults = 0L;
        for (var round = 0; round < 2; round++)
        {
            var before = Faults();
            var blocks = Enumerable.Range(0, Blocks).Select(_ => (nint)NativeMemory.AllocZeroed(Bytes)).ToList();
            faults = Faults() - before;
            blocks.ForEach(block => NativeMemory.Free((void*)block));
            afterRound?.Invoke();
        }

        return (faults < Blocks * Bytes / 4096 / 2).ToString();
    }

    // Pages that were mapped without reading the disk.
    private static long Faults() => long.Parse(Proc.Stat("thread-self", Proc.MinorFaults), CultureInfo.InvariantCulture);
}

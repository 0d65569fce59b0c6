using System.Runtime.InteropServices;

namespace Dml.Api.Map;

/// <summary>Runs work on a thread of its own that gets what others leave of the processor.</summary>
internal static partial class LowPriority
{
    private const int OneThread = 0;
    private const uint ThisThread = 0;
    private const int Nice = 15;

    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var end = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            // .NET's priorities do nothing on Linux, where each thread has a nice value of its own.
            if (OperatingSystem.IsLinux())
            {
                _ = SetPriority(OneThread, ThisThread, Nice);
            }
            try
            {
                end.SetResult(work());
            }
            catch (OperationCanceledException exception)
            {
                end.SetCanceled(exception.CancellationToken);
            }
            catch (Exception exception)
            {
                end.SetException(exception);
            }
        })
        {
            Name = name,
            IsBackground = true,
            Priority = ThreadPriority.BelowNormal,
        };
        thread.Start();
        return end.Task;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}

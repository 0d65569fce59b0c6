namespace Dml.Files;

/// <summary>Runs work on a dedicated low-priority thread.</summary>
public static class LowPriorityThread
{
    private const int OfThread = 0;
    private const uint ThisThread = 0;
    private const int Nice = 15;

    /// <summary>Starts <paramref name="work"/>. The task completes with its result or its exception, or as cancelled.</summary>
    /// <param name="name">Name of the thread, for debuggers.</param>
    /// <param name="work">The work.</param>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var end = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(work, end))
        {
            Name = name,
            IsBackground = true,
            Priority = ThreadPriority.BelowNormal,
        };
        thread.Start();
        return end.Task;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> end)
    {
        // .NET's priorities have no effect on Linux, where each thread has a nice value of its own.
        if (OperatingSystem.IsLinux())
        {
            _ = Libc.SetPriority(OfThread, ThisThread, Nice);
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
    }
}

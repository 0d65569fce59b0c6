namespace Dml.Files;

/// <summary>Runs work on a dedicated low-priority thread.</summary>
public static class LowPriorityThread
{
    private const int OneThread = 0;
    private const uint ThisThread = 0;
    private const int Nice = 15;

    /// <summary>Starts <paramref name="work"/>; the task completes with its result, its exception, or as cancelled.</summary>
    /// <param name="name">Name of the thread, for debuggers.</param>
    /// <param name="work">The work.</param>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var end = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            // .NET's priorities do nothing on Linux, where each thread has a nice value of its own.
            if (OperatingSystem.IsLinux())
            {
                _ = Libc.SetPriority(OneThread, ThisThread, Nice);
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
}

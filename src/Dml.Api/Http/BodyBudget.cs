namespace Dml.Api.Http;

/// <summary>How much memory the bodies of all requests may take together, in bytes: of those that still come and of those that are worked on.</summary>
internal sealed class BodyBudget(long most)
{
    private long _taken;

    /// <summary>False when there is not as much left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}

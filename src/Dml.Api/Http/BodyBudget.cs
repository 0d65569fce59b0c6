namespace Dml.Api.Http;

/// <summary>Limits the memory that the bodies of all requests take together, while they arrive and while they are processed.</summary>
/// <param name="most">The limit in bytes.</param>
internal sealed class BodyBudget(long most)
{
    private long _taken;

    /// <summary>False when less than <paramref name="bytes"/> is left.</summary>
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

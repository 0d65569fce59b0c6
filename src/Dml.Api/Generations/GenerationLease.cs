namespace Dml.Api.Generations;

/// <summary>Keeps a generation open until it is disposed of. The caller has added the reference that it releases.</summary>
internal sealed class GenerationLease(Generation generation) : IDisposable
{
    private int _isReleased;

    public Generation Generation => generation;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            generation.Release();
        }
    }
}

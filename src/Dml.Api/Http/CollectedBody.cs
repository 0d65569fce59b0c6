namespace Dml.Api.Http;

/// <summary>A request's body, read completely into memory that disposing returns to the budget.</summary>
internal sealed class CollectedBody(BodyBudget budget, string caller) : IDisposable
{
    // Roughly what a request takes beside its body (pipes, headers, tasks), so that the budget limits the number of requests too.
    private const int Overhead = 64 * 1024;
    private const int LeastBuffer = 4096;
    private const int LargestFirstBuffer = 64 * 1024;
    private byte[] _buffer = [];
    private long _taken;

    /// <summary>The collected body of a request; empty when there is none.</summary>
    public static ReadOnlyMemory<byte> Of(HttpContext context) => context.Features.Get<CollectedBody>()?.Bytes ?? default;

    private ReadOnlyMemory<byte> Bytes { get; set; }

    /// <summary>Reads the body and puts the copy in its place; false when the budget is exhausted.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">The largest body in bytes; the web server ends larger ones.</param>
    public async ValueTask<bool> TryCollectAsync(HttpContext context, int most)
    {
        var request = context.Request;
        // One byte larger than the body, so that its end is seen without growing.
        var whole = Math.Min(request.ContentLength ?? most, most) + 1;
        // Small at first: a Content-Length alone must not cost memory.
        if (!TryGrow(Math.Clamp((request.ContentLength ?? 0) + 1, LeastBuffer, LargestFirstBuffer)))
        {
            return false;
        }

        var length = 0;
        while (await request.Body.ReadAsync(_buffer.AsMemory(length), context.RequestAborted) is var read and > 0)
        {
            length += read;
            if (length == _buffer.Length && !TryGrow(Math.Max(length + 1, Math.Min(2L * length, whole))))
            {
                return false;
            }
        }

        Bytes = _buffer.AsMemory(0, length);
        request.Body = new MemoryStream(_buffer, 0, length, writable: false);
        context.Features.Set(this);
        return true;
    }

    public void Dispose() => budget.Return(caller, _taken);

    // Not pooled: an abandoned request may leave its bytes with an embedder thread.
    private bool TryGrow(long size)
    {
        var more = size + Overhead - _taken;
        if (!budget.TryTake(caller, more))
        {
            return false;
        }

        _taken += more;
        Array.Resize(ref _buffer, (int)size);
        return true;
    }
}

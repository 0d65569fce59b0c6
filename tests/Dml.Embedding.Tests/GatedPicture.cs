using System.Buffers;

namespace Dml.Embedding.Tests;

/// <summary>A picture that holds the worker which begins to read it until the gate is opened.</summary>
internal sealed class GatedPicture(byte[] file) : MemoryManager<byte>
{
    internal ManualResetEventSlim Reached { get; } = new();

    internal ManualResetEventSlim Gate { get; } = new();

    internal ReadOnlyMemory<byte> Picture => CreateMemory(file.Length);

    public override Span<byte> GetSpan()
    {
        Reached.Set();
        Gate.Wait(TimeSpan.FromMinutes(1));
        return file;
    }

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        Reached.Dispose();
        Gate.Dispose();
    }
}

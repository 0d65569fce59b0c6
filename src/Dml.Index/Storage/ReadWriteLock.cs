using System.Diagnostics.CodeAnalysis;

namespace Dml.Index.Storage;

/// <summary>Many readers or one writer, with scopes that a <c>using</c> ends.</summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "Its event handles have finalizers, and an index may be dropped while the last searches on it still run.")]
internal sealed class ReadWriteLock
{
    private readonly ReaderWriterLockSlim _lock = new();

    public ReadScope Read()
    {
        _lock.EnterReadLock();
        return new ReadScope(_lock);
    }

    public WriteScope Write()
    {
        _lock.EnterWriteLock();
        return new WriteScope(_lock);
    }

    internal readonly ref struct ReadScope(ReaderWriterLockSlim held) : IDisposable
    {
        public void Dispose() => held.ExitReadLock();
    }

    internal readonly ref struct WriteScope(ReaderWriterLockSlim held) : IDisposable
    {
        public void Dispose() => held.ExitWriteLock();
    }
}

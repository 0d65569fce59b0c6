using System.IO.MemoryMappedFiles;

namespace Dml.Index.Files;

/// <summary>
/// Vectors that stay in a file and are paged into memory when they are read. Writes go to private pages of this process, never to
/// the file.
/// </summary>
internal sealed class MappedVectors : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly nint _first;
    private readonly int _dimension;

    /// <param name="file">A file that is not changed while it is mapped. It may be replaced by another one of the same name.</param>
    /// <param name="offset">Where the first vector begins, a multiple of 4.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="dimension">Components of each.</param>
    public unsafe MappedVectors(FileStream file, long offset, int count, int dimension)
    {
        (Count, _dimension) = (count, dimension);
        _file = MemoryMappedFile.CreateFromFile(
            file, mapName: null, capacity: 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(offset, (long)count * dimension * sizeof(float), MemoryMappedFileAccess.CopyOnWrite);
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        _first = (nint)(first + _view.PointerOffset);
    }

    // The pointer keeps the view alive, and with it the file's blocks on the disk. It is released when the last search that
    // could read the vectors has ended.
    ~MappedVectors() => Release();

    public int Count { get; }

    public unsafe Span<float> this[int slot] => new((void*)(_first + ((nint)slot * _dimension * sizeof(float))), _dimension);

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        // Zero if the constructor failed.
        if (_first != 0)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}

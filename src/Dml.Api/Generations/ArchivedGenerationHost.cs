using Dml.Api.Catalogue;

namespace Dml.Api.Generations;

/// <summary>
/// A kept generation that no longer serves, opened to be asked beside the one that does. One is open at a time, and it
/// closes when nobody has asked it for a while: an index and an embedder are worth their memory only as long as
/// somebody compares. It holds what it embedded while it served, less what has gone since.
/// </summary>
internal sealed class ArchivedGenerationHost : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private readonly ICatalogue _catalogue;
    private readonly EmbedderStore _embedders;
    private readonly IndexSnapshot _snapshot;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Timer _closing;
    private Generation? _open;
    private long _sequence;

    public ArchivedGenerationHost(ICatalogue catalogue, EmbedderStore embedders, IndexSnapshot snapshot)
    {
        (_catalogue, _embedders, _snapshot) = (catalogue, embedders, snapshot);
        _closing = new Timer(_ => CloseIdle());
    }

    /// <summary>The generation of a row, level with the catalogue of this moment and held until it is disposed of.</summary>
    /// <exception cref="Dml.Embedding.EmbedderException">Its embedder is lost.</exception>
    public async Task<Generation> TakeAsync(StoredGeneration row, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_open?.Number != row.Number)
            {
                Close();
                _open = await OpenAsync(row, cancel);
            }
            else if (_catalogue.Sequence is var now && now != _sequence)
            {
                await _snapshot.LevelAsync(_open.Index, row.Fingerprint, _sequence, cancel);
                _sequence = now;
            }

            _closing.Change(Idle, Timeout.InfiniteTimeSpan);
            // Closed in turn alone, so it is open now.
            _open!.TryHold();
            return _open;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _closing.Dispose();
        Close();
        _turn.Dispose();
    }

    private async Task<Generation> OpenAsync(StoredGeneration row, CancellationToken cancel)
    {
        // One thread is enough for who looks at two answers.
        var embedder = _embedders.Open(row, workers: 1);
        try
        {
            var (index, sequence) = await _snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: true, cancel);
            _sequence = _catalogue.Sequence;
            if (!await _snapshot.LevelAsync(index, row.Fingerprint, sequence, cancel))
            {
                // The notes of deletions went before this snapshot could take them over.
                (index, _sequence) = await _snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: false, cancel);
            }

            return new Generation(row, embedder, index, _sequence);
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    private void CloseIdle()
    {
        // Whoever has the turn asks it at this moment, and sets the clock anew.
        if (_turn.Wait(0, CancellationToken.None))
        {
            Close();
            _turn.Release();
        }
    }

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }
}

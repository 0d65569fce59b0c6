using Dml.Api.Catalogue;

namespace Dml.Api.Generations;

/// <summary>
/// Opens a retired generation, to compare it with the active one. One is open at a time, and it closes when it has not
/// been used for a while, to free the memory of its index and embedder. It contains the items that it embedded while it
/// was active and that still exist.
/// </summary>
internal sealed class ArchivedGenerationHost : IAsyncDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private readonly SqliteCatalogue _catalogue;
    private readonly EmbedderStore _embedders;
    private readonly IndexSnapshot _snapshot;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ITimer _closing;
    private readonly ILogger _log;
    private Generation? _open;
    private long _sequence;

    public ArchivedGenerationHost(
        SqliteCatalogue catalogue, EmbedderStore embedders, IndexSnapshot snapshot, TimeProvider clock, ILogger<ArchivedGenerationHost> log)
    {
        (_catalogue, _embedders, _snapshot, _log) = (catalogue, embedders, snapshot, log);
        _closing = clock.CreateTimer(_ => CloseIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The generation of a row, level with the catalogue at this moment.</summary>
    /// <exception cref="Dml.Embedding.EmbedderException">Its embedder is lost.</exception>
    public async Task<GenerationLease> AcquireAsync(StoredGeneration row, CancellationToken cancel)
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
            // It closes only under _turn, so it is open now.
            _open!.TryAddReference();
            return new GenerationLease(_open);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Waits for a timer that is closing the generation.
        await _closing.DisposeAsync();
        Close();
        _turn.Dispose();
    }

    private async Task<Generation> OpenAsync(StoredGeneration row, CancellationToken cancel)
    {
        // One thread is enough for a person who compares two answers.
        var embedder = _embedders.Open(row, workers: 1);
        try
        {
            var (index, sequence) = await _snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: true, cancel);
            _sequence = _catalogue.Sequence;
            if (!await _snapshot.LevelAsync(index, row.Fingerprint, sequence, cancel))
            {
                // The records of deletions were dropped before this snapshot applied them.
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
        // If the turn is taken, the generation is being used and the timer restarts.
        if (!_turn.Wait(0, CancellationToken.None))
        {
            return;
        }

        try
        {
            Close();
        }
        catch (Exception exception)
        {
            // On a thread of the timer it would end the process.
            _log.LogError(exception, "A retired generation could not be closed");
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Close()
    {
        var open = _open;
        _open = null;
        open?.Release();
    }
}

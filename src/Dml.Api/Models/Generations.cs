using System.Diagnostics.CodeAnalysis;
using Dml.Api.Catalogue;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Models;

/// <summary>Which generation is active, and its index kept level with the catalogue.</summary>
internal sealed class Generations : ICommitListener, IDisposable
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Generation? _active;
    private volatile string _problem = "The service is starting: its index is being loaded.";
    private volatile bool _isLevel = true;
    private long _applied;

    /// <summary>The generation that answers; null while it is being opened or cannot be.</summary>
    public Generation? Active => _active;

    /// <summary>Why there is no active generation.</summary>
    public string Problem => _problem;

    /// <summary>Ends when there is an active generation, or it is known that there is none.</summary>
    public Task Opened => _opened.Task;

    /// <summary>
    /// The sequence number up to which the index holds every change. It stays behind for good after a change that
    /// the index could not take, so that the next start replays that change.
    /// </summary>
    public long AppliedSequence => Interlocked.Read(ref _applied);

    public bool TryGet([NotNullWhen(true)] out Generation? generation, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        generation = _active;
        problem = generation is null ? ProblemCode.NoGeneration.With(_problem) : null;
        return generation is not null;
    }

    /// <summary>Puts a generation, whose index is level with <paramref name="sequence"/>, into service.</summary>
    public void Activate(Generation generation, long sequence)
    {
        Interlocked.Exchange(ref _applied, sequence);
        _active = generation;
        _opened.TrySetResult();
    }

    public void Refuse(string problem)
    {
        _problem = problem;
        _opened.TrySetResult();
    }

    public void Committed(IReadOnlyList<CommittedChange> changes)
    {
        if (_active is not { } generation || changes.Count == 0)
        {
            return;
        }
        try
        {
            foreach (var change in changes)
            {
                Apply(generation, change);
            }
        }
        catch
        {
            _isLevel = false;
            throw;
        }
        if (_isLevel)
        {
            Interlocked.Exchange(ref _applied, changes[^1].Sequence);
        }
    }

    public void Dispose() => _active?.Embedder.Dispose();

    private static void Apply(Generation generation, CommittedChange change)
    {
        if (change.Embedding is not { } embedding)
        {
            generation.Index.Remove(change.Key);
        }
        else if (embedding.Fingerprint == generation.Fingerprint)
        {
            generation.Index.Upsert(change.Key, embedding.Vector);
        }
    }
}

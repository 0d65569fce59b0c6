using System.Threading.Channels;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Contracts;

namespace Dml.Api.Generations;

/// <summary>
/// The active and the building generation, both kept level with the catalogue. The active one is replaced between two
/// commits, by one assignment: every request sees the one or the other.
/// </summary>
internal sealed class GenerationRegistry(KnownProblems problems, ILogger<GenerationRegistry> log) : ICommitListener, IDisposable
{
    private readonly Channel<bool> _behind = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Generation? _active;
    private volatile Generation? _building;
    private volatile bool _buildingTakesNewItems;
    private volatile string _problem = "The service is starting: its index is being loaded.";

    /// <summary>The active generation, to read its figures; null while it is being opened or when it cannot be opened.</summary>
    public Generation? Active => _active;

    /// <summary>Why there is no active generation.</summary>
    public string Problem => _problem;

    /// <summary>The same as a refusal.</summary>
    public Refusal Refusal => new(ProblemCode.NoGeneration, _problem);

    /// <summary>Completes when there is an active generation, or when it is known that there is none.</summary>
    public Task Opened => _opened.Task;

    /// <summary>The active generation; null when there is none.</summary>
    public GenerationLease? Acquire() => Acquire(() => _active);

    /// <summary>The active or the building generation if it has this number, otherwise null.</summary>
    public GenerationLease? Acquire(int number) => Acquire(() =>
        _active is { } active && active.Number == number ? active
        : _building is { } building && building.Number == number ? building
        : null);

    /// <summary>The building generation if new items are to be embedded for it too, otherwise null.</summary>
    public GenerationLease? AcquireBuilding() => _buildingTakesNewItems ? Acquire(() => _building) : null;

    /// <summary>Puts the first generation into service; its index is level with the catalogue.</summary>
    public void Open(Generation generation)
    {
        _active = generation;
        _opened.TrySetResult();
    }

    /// <summary>Records that no generation can be opened.</summary>
    public void Refuse(string problem)
    {
        _problem = problem;
        _opened.TrySetResult();
    }

    /// <summary>Keeps a building generation level from now on. Call it between two commits, when its index is level.</summary>
    public void Attach(Generation building) => _building = building;

    /// <summary>From now on, new items are embedded for the building generation too, so that it cannot fall behind.</summary>
    public void EmbedNewItemsForBuilding() => _buildingTakesNewItems = true;

    /// <summary>Forgets a building generation that did not become active.</summary>
    public void Detach()
    {
        _buildingTakesNewItems = false;
        _building = null;
    }

    /// <summary>
    /// Applies a commit. It is durable, so nothing here may fail its writes: an index that cannot apply a change is behind until it is
    /// brought level (<see cref="BehindAsync"/>), and the switch of the generation happens all the same.
    /// </summary>
    public void Committed(Commit commit)
    {
        Apply(_active, commit);
        Apply(_building, commit);
        if (commit.Activated is { } number && _building is { } building && building.Number == number)
        {
            var former = _active;
            _active = building;
            Detach();
            _opened.TrySetResult();
            Release(former);
        }
    }

    /// <summary>Waits until an index is behind.</summary>
    /// <returns>Leases of the active and the building generation, those of them that are behind; maybe none any more.</returns>
    public async Task<IReadOnlyList<GenerationLease>> BehindAsync(CancellationToken cancel)
    {
        await _behind.Reader.ReadAsync(cancel);
        var behind = new List<GenerationLease>();
        foreach (var lease in new[] { Acquire(), Acquire(() => _building) }.OfType<GenerationLease>())
        {
            if (lease.Generation.IsLevel)
            {
                lease.Dispose();
            }
            else
            {
                behind.Add(lease);
            }
        }

        return behind;
    }

    /// <summary>Has <see cref="BehindAsync"/> look again, because an index could not be brought level.</summary>
    public void StillBehind() => _behind.Writer.TryWrite(true);

    public void Dispose()
    {
        _building?.Release();
        _active?.Release();
    }

    private void Apply(Generation? generation, Commit commit)
    {
        if (generation?.Apply(commit.Changes) is not { } failure)
        {
            return;
        }

        log.LogError(
            failure, "The index of generation {Number} lacks changes after {Sequence}; it will be brought level with the catalogue",
            generation.Number, generation.AppliedSequence);
        problems.Report(KnownProblems.Index, "The index lacks recent changes and is being brought level; the log has the cause.");
        StillBehind();
    }

    private void Release(Generation? former)
    {
        try
        {
            former?.Release();
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The embedder of generation {Number} could not be closed", former?.Number);
        }
    }

    // A generation may be replaced and closed after it was read; then there is a newer one to read.
    private static GenerationLease? Acquire(Func<Generation?> read)
    {
        while (read() is { } generation)
        {
            if (generation.TryAddReference())
            {
                return new GenerationLease(generation);
            }
        }

        return null;
    }
}

using Dml.Api.Catalogue;
using Dml.Contracts;

namespace Dml.Api.Generations;

/// <summary>
/// The active and the building generation, both kept level with the catalogue. The active one is replaced between two
/// commits, by one assignment: every request sees the one or the other.
/// </summary>
internal sealed class GenerationRegistry : ICommitListener, IDisposable
{
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

    public void Committed(Commit commit)
    {
        try
        {
            _active?.Apply(commit.Changes);
        }
        finally
        {
            _building?.Apply(commit.Changes);
            if (commit.Activated is { } number && _building is { } building && building.Number == number)
            {
                var former = _active;
                _active = building;
                Detach();
                _opened.TrySetResult();
                former?.Release();
            }
        }
    }

    public void Dispose()
    {
        _building?.Release();
        _active?.Release();
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

using Dml.Api.Catalogue;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Generations;

/// <summary>
/// Which generation is active and which is building, both kept level with the catalogue. The active one is replaced
/// between two commits, by one assignment: a request has taken the one or the other.
/// </summary>
internal sealed class GenerationRegistry : ICommitListener, IDisposable
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Generation? _active;
    private volatile Generation? _building;
    private volatile bool _buildingTakesNewItems;
    private volatile string _problem = "The service is starting: its index is being loaded.";

    /// <summary>The generation that answers, to read its figures; null while it is being opened or cannot be.</summary>
    public Generation? Active => _active;

    /// <summary>Why there is no active generation.</summary>
    public string Problem => _problem;

    /// <summary>Ends when there is an active generation, or it is known that there is none.</summary>
    public Task Opened => _opened.Task;

    /// <summary>The active generation, held until it is disposed of; null with the answer that says why there is none.</summary>
    public Generation? Take(out ProblemHttpResult? problem)
    {
        var generation = Hold(() => _active);
        problem = generation is null ? ProblemCode.NoGeneration.With(_problem) : null;
        return generation;
    }

    /// <summary>The active or the building generation when it has this number; held, or null.</summary>
    public Generation? Take(int number) => Hold(() =>
        _active is { } active && active.Number == number ? active
        : _building is { } building && building.Number == number ? building
        : null);

    /// <summary>The building generation when new items should be embedded for it as well; held, or null.</summary>
    public Generation? TakeBuilding() => _buildingTakesNewItems ? Hold(() => _building) : null;

    /// <summary>Puts the first generation, whose index is level with the catalogue, into service.</summary>
    public void Open(Generation generation)
    {
        _active = generation;
        _opened.TrySetResult();
    }

    public void Refuse(string problem)
    {
        _problem = problem;
        _opened.TrySetResult();
    }

    /// <summary>Keeps a building generation level from now on. Called between two commits, when its index is level.</summary>
    public void Attach(Generation building) => _building = building;

    /// <summary>From now on whoever adds an item embeds it for the building generation too, so that it cannot fall behind.</summary>
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
                former?.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _building?.Dispose();
        _active?.Dispose();
    }

    // Between reading and holding a generation may be replaced and close: then there is a newer one to read.
    private static Generation? Hold(Func<Generation?> read)
    {
        while (read() is { } generation)
        {
            if (generation.TryHold())
            {
                return generation;
            }
        }

        return null;
    }
}

using System.Collections.Concurrent;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// The oracle of a service that may be killed at any moment: the states that each id can be in, null for no item. An
/// acknowledged write leaves one, a write without an answer two. Writes of one id come one after another.
/// </summary>
internal sealed class PossibleItems
{
    private readonly ConcurrentDictionary<string, ItemState?[]> _states = new();

    public IReadOnlyCollection<string> Ids => [.. _states.Keys];

    /// <summary>The only state that an id can be in.</summary>
    public ItemState? Of(string id) => Assert.Single(StatesOf(id));

    /// <summary>Makes the call that brings an id into a state: until it is acknowledged the former one is possible as well.</summary>
    public async Task WriteAsync(string id, ItemState? after, Func<Task> call)
    {
        Allow(id, after);
        await call();
        _states[id] = [after];
    }

    /// <summary>Makes another state possible.</summary>
    public void Allow(string id, ItemState? state) => _states[id] = [.. StatesOf(id), state];

    /// <summary>Fails unless the state is possible.</summary>
    public void Check(string id, ItemState? seen)
    {
        var possible = StatesOf(id);
        Assert.True(possible.Contains(seen), $"{id} is {Describe(seen)}; possible is {string.Join(" or ", possible.Select(Describe))}");
    }

    /// <summary>Fails unless the state is possible; from then on it is the only one.</summary>
    public void Settle(string id, ItemState? seen)
    {
        Check(id, seen);
        _states[id] = [seen];
    }

    private ItemState?[] StatesOf(string id) => _states.GetValueOrDefault(id, [null]);

    private static string Describe(ItemState? state) => state?.ToString() ?? "absent";
}

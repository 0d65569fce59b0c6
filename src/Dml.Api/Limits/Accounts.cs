using System.Collections.Concurrent;
using Dml.Api.Catalogue;
using Dml.Api.Security;

namespace Dml.Api.Limits;

/// <summary>The accounts of callers.</summary>
internal sealed class Accounts(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, EmbedBudget> _budgets = new();

    public Account Of(HttpContext context)
    {
        var key = Caller.Of(context).Key;
        return new Account(RequestLimits.NameOf(context), OwnerOf(key), BudgetOf(key));
    }

    /// <summary>The account of a key outside of a request; the service's own when there is no such key any longer.</summary>
    public Account Of(ApiKey? key) => key is null ? Account.Own : new Account(RequestLimits.NameOf(key), OwnerOf(key), BudgetOf(key));

    /// <summary>Null when the key may have any amount embedded.</summary>
    public EmbedBudget? BudgetOf(ApiKey? key) =>
        // By its seconds too: a key of the same secret may come back with others.
        key?.EmbedSeconds is { } seconds ? _budgets.GetOrAdd($"{key.Sha256} {seconds}", _ => new EmbedBudget(seconds, clock)) : null;

    private static ItemOwner? OwnerOf(ApiKey? key) => key is null ? null : new ItemOwner(key.Name, key.MaxItems, key.MaxBytes);
}

using System.Net;
using Dml.Api.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dml.Api.Limits;

/// <summary>
/// Leaves connections to others: of those that one address has open at the same time, the ones beyond its share are closed at once. A known
/// proxy has no share, because it speaks for many.
/// </summary>
internal sealed class ConnectionShare(IOptions<LimitOptions> limits, IOptions<SecurityOptions> security)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _open = [];

    public void Apply(ListenOptions endpoint) => endpoint.Use(next => async connection =>
    {
        // Without an address it is a socket of this machine.
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address }
            || KnownProxies.Contains(security.Value.KnownProxies, address))
        {
            await next(connection);
            return;
        }

        var network = RequestLimits.NetworkOf(address);
        if (!TryEnter(network))
        {
            // Like those beyond Limits:Connections, it is told nothing: an answer would be work.
            connection.Abort(new ConnectionAbortedException("The address has its share of connections."));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(network);
        }
    });

    private bool TryEnter(string network)
    {
        lock (_lock)
        {
            var open = _open.GetValueOrDefault(network);
            if (open >= limits.Value.ConnectionsPerAddress)
            {
                return false;
            }

            _open[network] = open + 1;
            return true;
        }
    }

    private void Leave(string network)
    {
        lock (_lock)
        {
            if (--_open[network] == 0)
            {
                _open.Remove(network);
            }
        }
    }
}

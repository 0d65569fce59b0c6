namespace Dml.Api.Security;

/// <summary>Which role each endpoint needs. The longest fitting path decides; what fits none needs an admin.</summary>
internal static class EndpointRoles
{
    // Probes carry no secrets and tell none.
    private static readonly string[] Open = ["/healthz/live", "/healthz/ready"];

    private static readonly (string Method, string Path, Role Role)[] Table =
    [
        ("GET", "/", Role.Search),
        ("POST", "/search", Role.Search),
        ("POST", "/embed", Role.Search),
        ("PUT", "/items", Role.Write),
        ("POST", "/items", Role.Write),
        ("PATCH", "/items", Role.Write),
        ("DELETE", "/items", Role.Write),
        ("POST", "/imports", Role.Write),
        ("POST", "/feedback", Role.Write),
        ("DELETE", "/jobs", Role.Admin),
        ("POST", "/models", Role.Admin),
        ("POST", "/generations", Role.Admin),
        ("POST", "/retrain", Role.Admin),
        ("GET", "/backups", Role.Admin),
        ("POST", "/backups", Role.Admin),
    ];

    /// <summary>The role that a call needs; null when it needs no key.</summary>
    /// <param name="method">HTTP method in capitals.</param>
    /// <param name="path">The endpoint's route, such as <c>/items/{id}</c>.</param>
    public static Role? Of(string method, string path)
    {
        path = "/" + path.Trim('/');
        if (Open.Contains(path))
        {
            return null;
        }

        var best = Table.Where(line => line.Method == method && IsWithin(path, line.Path)).MaxBy(line => line.Path.Length);
        return best.Path is null ? Role.Admin : best.Role;
    }

    private static bool IsWithin(string path, string folder) =>
        folder == "/" || path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}

namespace Dml.Api.Security;

/// <summary>Reads and writes roles by their names: <c>search</c>, <c>write</c>, <c>admin</c>.</summary>
internal static class RoleName
{
    /// <summary>Reads a name, letter case aside. A number is no name: 2 would be an admin by mistake.</summary>
    public static bool TryRead(string? name, out Role role)
    {
        foreach (var known in Enum.GetValues<Role>())
        {
            if (Of(known).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                role = known;
                return true;
            }
        }

        role = default;
        return false;
    }

    public static string Of(Role role) => role.ToString().ToLowerInvariant();
}

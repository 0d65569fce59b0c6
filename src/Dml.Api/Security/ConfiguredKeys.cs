namespace Dml.Api.Security;

/// <summary>The keys of the setting <c>Security:Keys</c>.</summary>
internal static class ConfiguredKeys
{
    /// <exception cref="SettingsException">An entry is incomplete, or two have the same name.</exception>
    public static IReadOnlyList<ApiKey> Read(IConfigurationSection section)
    {
        var keys = section.GetChildren().Select(ReadOne).ToList();
        if (keys.GroupBy(key => key.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new SettingsException($"Security:Keys contains \"{twice.Key}\" twice; each key needs its own name.");
        }

        return keys;
    }

    private static ApiKey ReadOne(IConfigurationSection entry)
    {
        var (name, hash) = (entry["Name"] ?? "", entry["Sha256"] ?? "");
        if (!Enum.TryParse<Role>(entry["Role"], ignoreCase: true, out var role) || !Enum.IsDefined(role))
        {
            throw new SettingsException($"{entry.Path}:Role is \"{entry["Role"]}\"; expected search, write or admin.");
        }

        if (name.Length == 0 || hash.Length != KeySecret.HashBytes * 2 || !hash.All(char.IsAsciiHexDigit))
        {
            throw new SettingsException(
                $"{entry.Path} needs a Name and a Sha256 of {KeySecret.HashBytes * 2} hex digits; `keys create --store=false` prints such an entry.");
        }

        return new ApiKey(name, role, hash.ToLowerInvariant());
    }
}

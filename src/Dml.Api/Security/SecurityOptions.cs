using Dml.Api.Configuration;
using Dml.Embedding.Labels;

namespace Dml.Api.Security;

/// <summary>The section <c>Security</c>.</summary>
[Section("Security")]
internal sealed class SecurityOptions
{
    /// <summary>The keys in the configuration, by their place in the list.</summary>
    public IReadOnlyDictionary<string, KeyEntry> Keys { get; set; } = new Dictionary<string, KeyEntry>();

    /// <summary>Whether the service refuses to start without a key, such as after a restore, which brings no keys back.</summary>
    public bool RequireKeys { get; set; }

    /// <summary>Addresses and networks of proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
    public IReadOnlyList<string> KnownProxies { get; set; } = [];

    /// <summary>The same keys, checked. Those of the data folder come and go while the service runs.</summary>
    public IReadOnlyList<ApiKey> ConfiguredKeys { get; private set; } = [];

    /// <summary>Whether there was a usable key at the start.</summary>
    public bool HasKeys { get; private set; }

    /// <summary>Checks the keys, and looks into the data folder for more.</summary>
    /// <exception cref="SettingsException">A key is incomplete, two have the same name, or the key file cannot be read.</exception>
    public void Resolve(string dataFolder, DateTimeOffset now)
    {
        ConfiguredKeys = [.. Keys.Select(entry => Check($"Security:Keys:{entry.Key}", entry.Value))];
        if (ConfiguredKeys.GroupBy(key => key.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new SettingsException($"Security:Keys names \"{twice.Key}\" twice; each key needs a name of its own.");
        }

        HasKeys = ConfiguredKeys.Concat(KeyFile.Load(dataFolder)).Any(key => key.IsUsable(now));
    }

    private static ApiKey Check(string path, KeyEntry entry)
    {
        if (!RoleName.TryRead(entry.Role, out var role))
        {
            throw new SettingsException($"{path}:Role is \"{entry.Role}\"; expected search, write or admin.");
        }

        if (entry is not { Name.Length: > 0, Sha256.Length: KeySecret.HashBytes * 2 } || !entry.Sha256.All(char.IsAsciiHexDigit))
        {
            throw new SettingsException(
                $"{path} needs a Name and a Sha256 of {KeySecret.HashBytes * 2} hex digits; " +
                "`keys create --store=false` prints such an entry.");
        }

        if (!VisibleText.Is(entry.Name))
        {
            throw new SettingsException($"{path}:Name has invisible characters, which would make different keys look the same.");
        }

        return new ApiKey(entry.Name, role, entry.Sha256.ToLowerInvariant())
        {
            ExpiresAt = KeyLimits.ReadExpiry($"{path}:ExpiresAt", entry.ExpiresAt),
            MaxItems = KeyLimits.ReadCount($"{path}:MaxItems", entry.MaxItems),
            MaxBytes = KeyLimits.ReadCount($"{path}:MaxBytes", entry.MaxBytes),
            EmbedSeconds = KeyLimits.ReadSeconds($"{path}:EmbedSeconds", entry.EmbedSeconds),
        };
    }
}

using Dml.Api.Security;

namespace Dml.Api.Commands;

/// <summary>Makes, lists and revokes keys. A running service hears of it within a second.</summary>
internal static class KeysCommand
{
    private const int LongestName = 64;

    public static async Task<int> CreateAsync(CommandCall call)
    {
        var name = call.Need("name", "who or what will use the key");
        if (name.Length > LongestName || name.Any(char.IsControl))
        {
            throw new SettingsException($"--name has at most {LongestName} characters, none of them invisible.");
        }

        var given = call.Need("role", "search, write or admin");
        if (!Enum.TryParse<Role>(given, ignoreCase: true, out var role) || !Enum.IsDefined(role) || char.IsAsciiDigit(given[0]))
        {
            throw new SettingsException($"--role is \"{given}\"; expected search, write or admin.");
        }

        var secret = KeySecret.Create();
        var key = new ApiKey(name, role, Convert.ToHexStringLower(KeySecret.Hash(secret)), DateTimeOffset.UtcNow);
        if (call.Find("store") is { } store && bool.TryParse(store, out var isStored) && !isStored)
        {
            await Console.Error.WriteLineAsync("The secret, shown this once, and the entry for the setting Security:Keys:");
            await Console.Out.WriteLineAsync($"{secret}\n{KeyFile.ToJson(key)}");
            return 0;
        }

        Add(key, call.Settings);
        await Console.Error.WriteLineAsync($"The secret of the key \"{name}\" ({given.ToLowerInvariant()}), shown this once. Only its hash is kept, in {KeyFile.PathIn(call.Settings.DataFolder)}:");
        await Console.Out.WriteLineAsync(secret);
        return 0;
    }

    public static async Task<int> ListAsync(CommandCall call)
    {
        var ofFile = KeyFile.Load(call.Settings.DataFolder);
        foreach (var (key, place) in call.Settings.Keys.Select(key => (key, "Security:Keys")).Concat(ofFile.Select(key => (key, "keys.json"))))
        {
            var state = key.RevokedAt is { } at ? $"revoked {at:u}" : "usable";
            await Console.Out.WriteLineAsync($"{key.Name}\t{key.Role.ToString().ToLowerInvariant()}\t{state}\t{(key.CreatedAt is { } made ? $"made {made:u}" : "")}\t{place}");
        }

        return 0;
    }

    public static async Task<int> RevokeAsync(CommandCall call)
    {
        var name = call.Need("name", "the key to revoke");
        if (call.Settings.Keys.Any(key => key.Name == name))
        {
            throw new SettingsException($"The key \"{name}\" is one of the setting Security:Keys: take it out there and start the service anew.");
        }

        var isRevoked = KeyFile.Change(call.Settings.DataFolder, keys =>
        {
            var at = keys.FindIndex(key => key.Name == name && key.IsUsable());
            if (at < 0)
            {
                return false;
            }

            keys[at] = keys[at] with { RevokedAt = DateTimeOffset.UtcNow };
            return true;
        });
        if (!isRevoked)
        {
            throw new SettingsException($"There is no usable key \"{name}\". `keys list` shows the keys there are.");
        }

        await Console.Error.WriteLineAsync($"The key \"{name}\" is revoked.");
        return 0;
    }

    private static void Add(ApiKey key, Settings settings) => KeyFile.Change(settings.DataFolder, keys =>
    {
        if (settings.Keys.Concat(keys).Any(other => other.Name == key.Name && other.IsUsable()))
        {
            throw new SettingsException($"There is a key \"{key.Name}\". Choose another name, or revoke that one first.");
        }

        keys.Add(key);
        return true;
    });
}

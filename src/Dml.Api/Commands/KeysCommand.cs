using System.CommandLine;
using Dml.Api.Configuration;
using Dml.Api.Security;
using Microsoft.Extensions.Options;

namespace Dml.Api.Commands;

/// <summary><c>keys</c>: creates, lists and revokes API keys. A running service applies the change within a second.</summary>
internal static class KeysCommand
{
    private const int MaxNameLength = 64;

    public static Command Create(Func<WebApplication> open) => new("keys", "Create, list and revoke API keys.")
    {
        CreateKey(open),
        ListKeys(open),
        RevokeKey(open),
    };

    private static Command CreateKey(Func<WebApplication> open)
    {
        var command = new Command("create", "Create a key and print its secret, once.");
        var name = command.Need("--name", "who or what will use the key");
        var role = command.Need("--role", "search, write or admin");
        var store = new Option<bool>("--store")
        {
            Description = "Whether the key is stored. If not, an entry for the setting Security:Keys is printed.",
            Arity = ArgumentArity.ExactlyOne,
            HelpName = "true|false",
            DefaultValueFactory = _ => true,
        };
        command.Add(store);
        command.SetAction(async (parsed, _) =>
        {
            await using var service = open();
            return await CreateAsync(parsed.GetValue(name)!, parsed.GetValue(role)!, parsed.GetValue(store), service.Services);
        });
        return command;
    }

    private static async Task<int> CreateAsync(string name, string given, bool isStored, IServiceProvider services)
    {
        if (name.Length > MaxNameLength || name.Any(char.IsControl))
        {
            throw new SettingsException($"--name has at most {MaxNameLength} characters, none of them invisible.");
        }

        if (!Enum.TryParse<Role>(given, ignoreCase: true, out var role) || !Enum.IsDefined(role) || char.IsAsciiDigit(given[0]))
        {
            throw new SettingsException($"--role is \"{given}\"; expected search, write or admin.");
        }

        var secret = KeySecret.Create();
        var key = new ApiKey(name, role, Convert.ToHexStringLower(KeySecret.Hash(secret)), DateTimeOffset.UtcNow);
        if (!isStored)
        {
            await Console.Error.WriteLineAsync("The secret, shown this once, and the entry for the setting Security:Keys:");
            await Console.Out.WriteLineAsync($"{secret}\n{KeyFile.ToJson(key)}");
            return 0;
        }

        var folder = DataFolderOf(services);
        Add(key, ConfiguredKeysOf(services), folder);
        await Console.Error.WriteLineAsync(
            $"The secret of the key \"{name}\" ({given.ToLowerInvariant()}), shown this once. " +
            $"Only its hash is kept, in {KeyFile.PathIn(folder)}:");
        await Console.Out.WriteLineAsync(secret);
        return 0;
    }

    private static Command ListKeys(Func<WebApplication> open)
    {
        var command = new Command("list", "List all keys, without their secrets.");
        command.SetAction(async (_, _) =>
        {
            await using var service = open();
            var configured = ConfiguredKeysOf(service.Services).Select(key => (key, "Security:Keys"));
            var stored = KeyFile.Load(DataFolderOf(service.Services)).Select(key => (key, "keys.json"));
            foreach (var (key, place) in configured.Concat(stored))
            {
                await Console.Out.WriteLineAsync(Line(key, place));
            }

            return 0;
        });
        return command;
    }

    private static Command RevokeKey(Func<WebApplication> open)
    {
        var command = new Command("revoke", "Revoke a key.");
        var name = command.Need("--name", "the key to revoke");
        command.SetAction(async (parsed, _) =>
        {
            await using var service = open();
            return await RevokeAsync(parsed.GetValue(name)!, service.Services);
        });
        return command;
    }

    private static async Task<int> RevokeAsync(string name, IServiceProvider services)
    {
        if (ConfiguredKeysOf(services).Any(key => key.Name == name))
        {
            throw new SettingsException(
                $"The key \"{name}\" is one of the setting Security:Keys: remove it there and restart the service.");
        }

        var isRevoked = KeyFile.Change(DataFolderOf(services), keys =>
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

    private static string Line(ApiKey key, string place)
    {
        var state = key.RevokedAt is { } at ? $"revoked {at:u}" : "usable";
        var created = key.CreatedAt is { } made ? $"made {made:u}" : "";
        return $"{key.Name}\t{key.Role.ToString().ToLowerInvariant()}\t{state}\t{created}\t{place}";
    }

    private static void Add(ApiKey key, IReadOnlyList<ApiKey> configured, string dataFolder) => KeyFile.Change(dataFolder, keys =>
    {
        if (configured.Concat(keys).Any(other => other.Name == key.Name && other.IsUsable()))
        {
            throw new SettingsException($"There is a key \"{key.Name}\". Choose another name, or revoke that one first.");
        }

        keys.Add(key);
        return true;
    });

    private static string DataFolderOf(IServiceProvider services) => services.GetRequiredService<IOptions<DataOptions>>().Value.Folder;

    private static IReadOnlyList<ApiKey> ConfiguredKeysOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<SecurityOptions>>().Value.ConfiguredKeys;
}

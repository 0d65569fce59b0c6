using System.CommandLine;
using Dml.Api.Audit;
using Dml.Api.Configuration;
using Dml.Api.Security;
using Dml.Embedding.Labels;
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
        var expires = Text("--expires", "The date from which the key is refused, such as 2027-06-30.", "DATE");
        var items = Text("--max-items", "The most items that the key may have in the catalogue.", "N");
        var bytes = Text("--max-bytes", "The most bytes that the pictures of its items may have together.", "N");
        var seconds = Text("--embed-seconds", "Seconds of decoding and embedding that the key may cause in a minute.", "N");
        foreach (var option in new[] { expires, items, bytes, seconds })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            await using var service = open();
            var key = Describe(parsed.GetValue(name)!, parsed.GetValue(role)!, service.Services.GetRequiredService<TimeProvider>()) with
            {
                ExpiresAt = KeyLimits.ReadExpiry(expires.Name, parsed.GetValue(expires)),
                MaxItems = KeyLimits.ReadCount(items.Name, parsed.GetValue(items)),
                MaxBytes = KeyLimits.ReadCount(bytes.Name, parsed.GetValue(bytes)),
                EmbedSeconds = KeyLimits.ReadSeconds(seconds.Name, parsed.GetValue(seconds)),
            };
            return await CreateAsync(key, parsed.GetValue(store), service.Services);
        });
        return command;
    }

    private static Option<string> Text(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value };

    private static ApiKey Describe(string name, string given, TimeProvider clock)
    {
        if (name.Length > MaxNameLength || !VisibleText.Is(name))
        {
            throw new SettingsException($"--name has at most {MaxNameLength} characters, none of them invisible.");
        }

        return RoleName.TryRead(given, out var role)
            ? new ApiKey(name, role, "", clock.GetUtcNow())
            : throw new SettingsException($"--role is \"{given}\"; expected search, write or admin.");
    }

    private static async Task<int> CreateAsync(ApiKey described, bool isStored, IServiceProvider services)
    {
        if (described.IsExpired(described.CreatedAt!.Value))
        {
            throw new SettingsException($"--expires is {described.ExpiresAt:u}, which is over. Choose a later date.");
        }

        var secret = KeySecret.Create();
        var key = described with { Sha256 = Convert.ToHexStringLower(KeySecret.Hash(secret)) };
        if (!isStored)
        {
            await Console.Error.WriteLineAsync("The secret, shown this once, and the entry for the setting Security:Keys:");
            await Console.Out.WriteLineAsync($"{secret}\n{KeyFile.ToJson(key)}");
            return 0;
        }

        var folder = DataFolderOf(services);
        Add(key, ConfiguredKeysOf(services), folder);
        Record(services, "key.create", key.Name);
        await Console.Error.WriteLineAsync(
            $"The secret of the key \"{key.Name}\" ({RoleName.Of(key.Role)}), shown this once. " +
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
            var uses = KeyUses.Load(DataFolderOf(service.Services));
            var now = service.Services.GetRequiredService<TimeProvider>().GetUtcNow();
            foreach (var (key, place) in configured.Concat(stored))
            {
                await Console.Out.WriteLineAsync(Line(key, place, uses.TryGetValue(key.Sha256, out var used) ? used : null, now));
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

        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var isRevoked = KeyFile.Change(DataFolderOf(services), keys =>
        {
            var at = keys.FindIndex(key => key.Name == name && key.IsUsable(now));
            if (at < 0)
            {
                return false;
            }

            keys[at] = keys[at] with { RevokedAt = now };
            return true;
        });
        if (!isRevoked)
        {
            throw new SettingsException($"There is no usable key \"{name}\". `keys list` shows the keys there are.");
        }

        Record(services, "key.revoke", name);
        await Console.Error.WriteLineAsync($"The key \"{name}\" is revoked.");
        return 0;
    }

    private static string Line(ApiKey key, string place, DateTimeOffset? used, DateTimeOffset now)
    {
        var state = key.RevokedAt is { } at ? $"revoked {at:u}"
            : key.IsExpired(now) ? $"expired {key.ExpiresAt:u}"
            : key.ExpiresAt is { } end ? $"usable until {end:u}"
            : "usable";
        var created = key.CreatedAt is { } made ? $"made {made:u}" : "";
        var last = used is { } use ? $"used {use:u}" : "never used";
        return $"{key.Name}\t{RoleName.Of(key.Role)}\t{state}\t{created}\t{last}\t{LimitsOf(key)}\t{place}";
    }

    private static string LimitsOf(ApiKey key) => string.Join(", ", new[]
    {
        key.MaxItems is { } items ? $"{items} items" : null,
        key.MaxBytes is { } bytes ? $"{bytes} bytes" : null,
        key.EmbedSeconds is { } seconds ? $"{seconds} embed seconds a minute" : null,
    }.OfType<string>());

    private static void Record(IServiceProvider services, string action, string name) =>
        services.GetRequiredService<AuditLog>().WriteAtOnce(new AuditEntry(action, AuditOutcome.Done) { Target = name });

    private static void Add(ApiKey key, IReadOnlyList<ApiKey> configured, string dataFolder) => KeyFile.Change(dataFolder, keys =>
    {
        if (configured.Concat(keys).Any(other => other.Name == key.Name && other.IsUsable(key.CreatedAt!.Value)))
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

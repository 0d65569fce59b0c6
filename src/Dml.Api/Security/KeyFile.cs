using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Files;

namespace Dml.Api.Security;

/// <summary>The keys that the program itself made: <c>keys.json</c> in the data folder, hashes only.</summary>
internal static class KeyFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "keys.json");

    /// <summary>The keys, oldest first; none when there is no file.</summary>
    /// <exception cref="SettingsException">The file cannot be read.</exception>
    public static IReadOnlyList<ApiKey> Load(string dataFolder)
    {
        var path = PathIn(dataFolder);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<ApiKey[]>(File.ReadAllBytes(path), Json) is { } keys && keys.All(IsWhole)
                ? keys
                : throw new SettingsException($"{path} holds an entry without name or hash. Make the keys anew with `keys create`.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"The keys in {path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Changes the list. A second program that does so at the same time is refused, not overwritten.</summary>
    /// <exception cref="SettingsException">The file cannot be read, or another program is changing it.</exception>
    public static T Change<T>(string dataFolder, Func<List<ApiKey>, T> change)
    {
        Directory.CreateDirectory(dataFolder);
        using var turn = TakeTurn(PathIn(dataFolder) + ".lock");
        var keys = Load(dataFolder).ToList();
        var result = change(keys);
        // Readable by all, on purpose: the service may run as another user than the one who makes keys.
        AtomicFile.Write(PathIn(dataFolder), JsonSerializer.SerializeToUtf8Bytes(keys, Json));
        return result;
    }

    /// <summary>An entry as the setting <c>Security:Keys</c> takes it.</summary>
    public static string ToJson(ApiKey key) => JsonSerializer.Serialize(key, Json);

    private static bool IsWhole(ApiKey? key) =>
        key is { Name.Length: > 0, Sha256.Length: KeySecret.HashBytes * 2 } && key.Sha256.All(char.IsAsciiHexDigit);

    private static FileStream TakeTurn(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            throw new SettingsException("Another program is changing the keys at this moment. Try again.");
        }
    }
}

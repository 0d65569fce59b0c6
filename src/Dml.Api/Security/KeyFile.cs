using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Api.Configuration;
using Dml.Files;

namespace Dml.Api.Security;

/// <summary>The keys created by <c>keys create</c>: <c>keys.json</c> in the data folder, hashes only.</summary>
internal static class KeyFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
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
            return JsonSerializer.Deserialize<ApiKey[]>(SmallFile.ReadBytes(path), Json) is { } keys && keys.All(IsWhole)
                ? keys
                : throw new SettingsException(
                    $"{path} contains an entry without name or hash. Delete the file and create the keys again with `keys create`.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"The keys in {path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Changes the list. Fails while another program changes it, so that no change is lost.</summary>
    /// <exception cref="SettingsException">The file cannot be read, or another program is changing it.</exception>
    public static T Change<T>(string dataFolder, Func<List<ApiKey>, T> change)
    {
        Directory.CreateDirectory(dataFolder);
        using var turn = TakeTurn(PathIn(dataFolder) + ".lock");
        var keys = Load(dataFolder).ToList();
        var result = change(keys);
        // World-readable on purpose: the service may run as a different user than the one who creates keys.
        AtomicFile.Write(PathIn(dataFolder), JsonSerializer.SerializeToUtf8Bytes(keys, Json));
        return result;
    }

    /// <summary>An entry in the form that the setting <c>Security:Keys</c> expects.</summary>
    public static string ToJson(ApiKey key) => JsonSerializer.Serialize(key, Json);

    private static bool IsWhole(ApiKey? key) =>
        key is { Name.Length: > 0, Sha256.Length: KeySecret.HashBytes * 2 } && key.Sha256.All(char.IsAsciiHexDigit);

    private static FileStream TakeTurn(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (FileInUse.Caused(exception))
        {
            throw new SettingsException("Another program is changing the keys right now. Try again.");
        }
    }
}

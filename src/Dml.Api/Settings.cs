using Dml.Api.Backups;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Api.Telemetry;

namespace Dml.Api;

/// <summary>Everything that can be configured, read and checked once at the start.</summary>
internal sealed record Settings
{
    /// <summary>Addresses to listen on, joined by ';'; loopback only without keys.</summary>
    public required string Urls { get; init; }

    /// <summary>Folder of catalogue, blobs, jobs and index snapshots.</summary>
    public required string DataFolder { get; init; }

    /// <summary>How often the index is saved while it changes: a start replays what is newer.</summary>
    public required TimeSpan SnapshotInterval { get; init; }

    /// <summary>Folder whose sub-folders are embedders.</summary>
    public required string ModelsFolder { get; init; }

    /// <summary>Name of the embedder that the first generation uses.</summary>
    public required string ActiveModel { get; init; }

    /// <summary>Whether an empty catalogue is filled with the demo drawings.</summary>
    public required bool DemoImport { get; init; }

    /// <summary>Folders where the demo drawings may lie, the first that exists is taken.</summary>
    public required IReadOnlyList<string> DemoFolders { get; init; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Embedder sessions, one thread each.</summary>
    public required int Workers { get; init; }

    /// <summary>Most pictures of one run of the network; 0 takes what is fastest on the provider.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Pictures of requests that may wait for the embedder; one that comes later is answered with 503.</summary>
    public required int EmbedderQueue { get; init; }

    /// <summary>Memory for the vectors of pictures that may come again, in bytes; 0 keeps none.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Largest request body in bytes.</summary>
    public required int MaxBodyBytes { get; init; }

    /// <summary>Largest picture in pixels, checked before a pixel is decoded.</summary>
    public required long MaxPixels { get; init; }

    /// <summary>Largest upload of an embedder in bytes.</summary>
    public required long MaxModelBytes { get; init; }

    /// <summary>Largest upload of an archive in bytes.</summary>
    public required long MaxImportBytes { get; init; }

    /// <summary>Folders below which imports may read; none by default.</summary>
    public required IReadOnlyList<string> ImportRoots { get; init; }

    /// <summary>Pictures that a rollout embeds at the same time.</summary>
    public required int RolloutWorkers { get; init; }

    /// <summary>Generations whose vectors are kept, the active one included, at least 1.</summary>
    public required int KeptGenerations { get; init; }

    /// <summary>Recall at ten that a new generation's index must reach, 0 to 1.</summary>
    public required double GateRecall { get; init; }

    /// <summary>How much lower R@1 and MAP@R of a new generation may be, 0 to 1.</summary>
    public required double GateMargin { get; init; }

    /// <summary>Share of the labels that is held out of training and tells generations apart, 0 to 1.</summary>
    public required double GateHeldOut { get; init; }

    /// <summary>Keys of the configuration; those of the data folder come and go while the service runs.</summary>
    public required IReadOnlyList<ApiKey> Keys { get; init; }

    /// <summary>Whether there was a usable key at the start.</summary>
    public required bool HasKeys { get; init; }

    public required LimitSettings Limits { get; init; }

    public required TelemetrySettings Telemetry { get; init; }

    public required BackupSettings Backup { get; init; }

    /// <summary>Reads and checks the configuration; relative folders are below <paramref name="root"/>.</summary>
    /// <exception cref="SettingsException">A value is missing or outside its range.</exception>
    public static Settings Read(IConfiguration configuration, string root)
    {
        var settings = ReadUnbound(configuration, root);
        if (!settings.HasKeys)
        {
            LoopbackOnly.Check(settings.Urls, configuration.GetSection("Kestrel:Endpoints"));
        }

        return settings;
    }

    /// <summary>The same for a program that will not listen.</summary>
    /// <exception cref="SettingsException">A value is missing or outside its range.</exception>
    public static Settings ReadUnbound(IConfiguration configuration, string root)
    {
        var urls = configuration["Urls"] ?? "http://127.0.0.1:5080";
        var data = Folder(configuration["Data:Folder"] ?? "data", root);
        var keys = ConfiguredKeys.Read(configuration.GetSection("Security:Keys"));
        var hasKeys = keys.Count > 0 || KeyFile.Load(data).Any(key => key.IsUsable());
        var workers = Number(configuration, "Embedder:Workers", 0, 0, 1024);
        var maxBodyBytes = (int)Number(configuration, "Limits:MaxBodyBytes", 20 * 1024 * 1024, 1024, 1024 * 1024 * 1024);
        var rolloutWorkers = Number(configuration, "Rollout:Workers", 0, 0, 1024);
        return new Settings
        {
            Urls = urls,
            DataFolder = data,
            SnapshotInterval = TimeSpan.FromSeconds(Number(configuration, "Data:SnapshotSeconds", 300, 1, 24 * 60 * 60)),
            ModelsFolder = Folder(configuration["Models:Folder"] ?? "models", root),
            ActiveModel = configuration["Models:Active"] ?? "emoji",
            DemoImport = Switch(configuration, "Demo:Import", true),
            DemoFolders =
            [
                Folder(configuration["Demo:Folder"] ?? "node_modules/@iconify-json", root),
                Path.Combine(AppContext.BaseDirectory, "demo"),
            ],
            Provider = OneOf(configuration, "Embedder:Provider", "cpu", "cuda"),
            Workers = workers == 0 ? Environment.ProcessorCount : (int)workers,
            BatchSize = (int)Number(configuration, "Embedder:BatchSize", 0, 0, 1024),
            EmbedderQueue = (int)Number(configuration, "Embedder:Queue", 256, 1, 100_000),
            CacheBytes = Number(configuration, "Embedder:CacheBytes", 64 * 1024 * 1024, 0, 1L << 40),
            MaxBodyBytes = maxBodyBytes,
            MaxPixels = Number(configuration, "Limits:MaxPixels", 50_000_000, 1, 10_000_000_000),
            MaxModelBytes = Number(configuration, "Limits:MaxModelBytes", 1L << 30, 1024, 1L << 40),
            MaxImportBytes = Number(configuration, "Limits:MaxImportBytes", 4L << 30, 1024, 1L << 40),
            ImportRoots = [.. configuration.GetSection("Imports:Roots").GetChildren().Select(child => Folder(child.Value ?? "", root))],
            RolloutWorkers = rolloutWorkers == 0 ? Math.Max(1, Environment.ProcessorCount / 2) : (int)rolloutWorkers,
            KeptGenerations = (int)Number(configuration, "Generations:Keep", 2, 1, 1000),
            GateRecall = Share(configuration, "Gate:Recall", 0.98),
            GateMargin = Share(configuration, "Gate:Margin", 0.02),
            GateHeldOut = Share(configuration, "Gate:HeldOut", 0.2),
            Keys = keys,
            HasKeys = hasKeys,
            Limits = LimitSettings.Read(configuration, hasKeys, maxBodyBytes),
            Telemetry = TelemetrySettings.Read(configuration),
            Backup = BackupSettings.Read(configuration, data),
        };
    }

    internal static string Folder(string path, string root) => Path.GetFullPath(path, root);

    internal static long Number(IConfiguration configuration, string key, long fallback, long from, long to)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        return long.TryParse(text, out var number) && number >= from && number <= to
            ? number
            : throw new SettingsException($"{key} is \"{text}\"; expected a whole number from {from} to {to}.");
    }

    internal static double Share(IConfiguration configuration, string key, double fallback)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        return double.TryParse(text, out var share) && share is >= 0 and <= 1
            ? share
            : throw new SettingsException($"{key} is \"{text}\"; expected a number from 0 to 1.");
    }

    private static bool Switch(IConfiguration configuration, string key, bool fallback)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        return bool.TryParse(text, out var value)
            ? value
            : throw new SettingsException($"{key} is \"{text}\"; expected true or false.");
    }

    internal static string OneOf(IConfiguration configuration, string key, params ReadOnlySpan<string> values)
    {
        var text = configuration[key] ?? values[0];
        foreach (var value in values)
        {
            if (string.Equals(text, value, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw new SettingsException($"{key} is \"{text}\"; expected one of: {string.Join(", ", values.ToArray())}.");
    }
}

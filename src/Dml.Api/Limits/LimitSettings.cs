namespace Dml.Api.Limits;

/// <summary>How much the service takes on at once.</summary>
internal sealed record LimitSettings
{
    /// <summary>Requests a second of one key (one address without keys), 0 for no limit.</summary>
    public required int RequestsPerSecond { get; init; }

    /// <summary>Requests that may come at once before that pace holds.</summary>
    public required int Burst { get; init; }

    /// <summary>Requests worked on at the same time; as many live progress streams again, and as many transfers of archives and embedders.</summary>
    public required int ConcurrentRequests { get; init; }

    /// <summary>Memory for the bodies of requests, those that still come included, in bytes.</summary>
    public required long BodyMemoryBytes { get; init; }

    /// <summary>Imports that run at the same time.</summary>
    public required int RunningImports { get; init; }

    /// <summary>The longest that a request may take.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>The longest that an upload or download of an archive may take.</summary>
    public required TimeSpan TransferTimeout { get; init; }

    /// <exception cref="SettingsException">A value is outside its range.</exception>
    public static LimitSettings Read(IConfiguration configuration, bool hasKeys, int maxBodyBytes)
    {
        // On the loopback address the only client is one's own; a page of fifty thumbnails is no attack.
        var pace = (int)Settings.Number(configuration, "Limits:RequestsPerSecond", hasKeys ? 100 : 0, 0, 1_000_000);
        return new LimitSettings
        {
            RequestsPerSecond = pace,
            Burst = (int)Settings.Number(configuration, "Limits:Burst", Math.Max(1, 2 * pace), 1, 1_000_000),
            ConcurrentRequests = (int)Settings.Number(configuration, "Limits:ConcurrentRequests", 256, 1, 100_000),
            // Room for one body at least; by default for four large ones, or for thousands that hardly come.
            BodyMemoryBytes = Settings.Number(
                configuration, "Limits:BodyMemoryBytes", Math.Max(1L << 30, 4L * maxBodyBytes), (1L << 20) + maxBodyBytes, 1L << 40),
            RunningImports = (int)Settings.Number(configuration, "Limits:RunningImports", 4, 1, 1000),
            RequestTimeout = TimeSpan.FromSeconds(Settings.Number(configuration, "Limits:RequestSeconds", 60, 1, 86_400)),
            TransferTimeout = TimeSpan.FromSeconds(Settings.Number(configuration, "Limits:TransferSeconds", 3600, 1, 604_800)),
        };
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Dml.Api.Configuration;
using Dml.Api.Http;
using Dml.Api.Security;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Dml.Api.Limits;

/// <summary>
/// Limits the rate of each caller, the number of concurrent requests (<see cref="ConcurrencyGate"/>) and the duration of
/// each. A request beyond a limit is refused immediately with <c>Retry-After</c> and never queued: a queue in front of a
/// busy service only delays every response.
/// </summary>
internal static class RequestLimits
{
    private const int Ipv6NetworkBytes = 8;
    private const int RequestsPerSecondOfKey = 100;

    public static void AddRequestLimits(this IServiceCollection services)
    {
        // The default, so it comes before the binding.
        services.AddOptions<LimitOptions>().Configure<IOptions<SecurityOptions>>((limits, security) =>
            limits.RequestsPerSecond = security.Value.HasKeys ? RequestsPerSecondOfKey : 0);
        services.AddSettings<LimitOptions>().PostConfigure(limits => limits.Check());
        services.AddRateLimiter(options => options.OnRejected = RefuseAsync);
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<LimitOptions>>((options, limits) =>
            options.GlobalLimiter = RateLimiterOf(limits.Value));
        services.AddSingleton<Accounts>();
        services.AddSingleton<ConcurrencyGate>();
        services.AddSingleton<ConnectionShare>();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<LimitOptions>>((options, limits) =>
        {
            options.DefaultPolicy = PolicyOf(limits.Value.RequestSeconds, "Limits:RequestSeconds");
            options.AddPolicy(Transfer.Policy, PolicyOf(limits.Value.TransferSeconds, "Limits:TransferSeconds"));
        });
    }

    private static PartitionedRateLimiter<HttpContext> RateLimiterOf(LimitOptions limits) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context =>
            limits.RequestsPerSecond == 0 || IsProbe(context)
                ? RateLimitPartition.GetNoLimiter("")
                : RateLimitPartition.GetTokenBucketLimiter(NameOf(context), _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = limits.Burst,
                    // Ten refills a second: a caller at its limit is served evenly instead of in bursts of one second.
                    TokensPerPeriod = Math.Max(1, limits.RequestsPerSecond / 10),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(
                        Math.Max(1, limits.RequestsPerSecond / 10) / (double)limits.RequestsPerSecond),
                    QueueLimit = 0,
                }));

    // Refusing a probe under load would get a working service restarted.
    public static bool IsProbe(HttpContext context) => context.Request.Path.Value is "/healthz/live" or "/healthz/ready";

    /// <summary>The caller: its key or, without one, its address.</summary>
    public static string NameOf(HttpContext context) =>
        Caller.Of(context).Key is { } key ? NameOf(key) : $"address {NetworkOf(context.Connection.RemoteIpAddress)}";

    public static string NameOf(ApiKey key) => $"key {key.Name}";

    /// <summary>
    /// The address as limits count it. The holder of one IPv6 address usually has the other 2^64 of its network as well.
    /// </summary>
    public static string NetworkOf(IPAddress? address)
    {
        var plain = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return plain is { AddressFamily: AddressFamily.InterNetworkV6 }
            ? Convert.ToHexString(plain.GetAddressBytes().AsSpan(0, Ipv6NetworkBytes))
            : plain?.ToString() ?? "";
    }

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancel)
    {
        var context = rejected.HttpContext;
        if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await context.AnswerAsync(
            ProblemType.TooManyRequests,
            "The rate limit of this key (of this address, without keys) is exceeded. Try again after Retry-After seconds.");
    }

    private static RequestTimeoutPolicy PolicyOf(int seconds, string key) => new()
    {
        Timeout = TimeSpan.FromSeconds(seconds),
        TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        WriteTimeoutResponse = context =>
        {
            // The rest of the body is not read, so no other request can follow on this connection.
            context.Response.Headers.Connection = "close";
            return ProblemType.TimedOut.With($"The request was not answered within {seconds} seconds ({key}).").ExecuteAsync(context);
        },
    };
}

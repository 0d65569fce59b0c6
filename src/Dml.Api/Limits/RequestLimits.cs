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
/// Pace of each caller, number of requests at once (<see cref="ConcurrencyGate"/>), time of each. What is beyond is refused at once with
/// <c>Retry-After</c> and never queued: a queue before a busy service only makes every answer late.
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
            options.GlobalLimiter = PaceOf(limits.Value));
        services.AddSingleton<ConcurrencyGate>();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<LimitOptions>>((options, limits) =>
        {
            options.DefaultPolicy = PolicyOf(limits.Value.RequestSeconds, "Limits:RequestSeconds");
            options.AddPolicy(Transfer.Policy, PolicyOf(limits.Value.TransferSeconds, "Limits:TransferSeconds"));
        });
    }

    private static PartitionedRateLimiter<HttpContext> PaceOf(LimitOptions limits) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context =>
            limits.RequestsPerSecond == 0 || IsProbe(context)
                ? RateLimitPartition.GetNoLimiter("")
                : RateLimitPartition.GetTokenBucketLimiter(NameOf(context), _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = limits.Burst,
                    // Ten refills a second: a caller at its limit is let through evenly instead of once a second.
                    TokensPerPeriod = Math.Max(1, limits.RequestsPerSecond / 10),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, limits.RequestsPerSecond / 10) / (double)limits.RequestsPerSecond),
                    QueueLimit = 0,
                }));

    // A probe that is refused under load gets a working service restarted.
    public static bool IsProbe(HttpContext context) => context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal);

    private static string NameOf(HttpContext context) =>
        Caller.Of(context).Name is { } key ? $"key {key}" : $"address {NetworkOf(context.Connection.RemoteIpAddress)}";

    // Whoever has one IPv6 address has the other 2^64 of its network as well.
    private static string NetworkOf(IPAddress? address)
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

        await ProblemCode.TooManyRequests
            .With("More requests came than one key (one address, without keys) may send; Retry-After says when to go on.")
            .ExecuteAsync(context);
    }

    private static RequestTimeoutPolicy PolicyOf(int seconds, string key) => new()
    {
        Timeout = TimeSpan.FromSeconds(seconds),
        TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        WriteTimeoutResponse = context =>
        {
            // What is left of the body will not be read, so no other request can follow it.
            context.Response.Headers.Connection = "close";
            return ProblemCode.TimedOut.With($"The request was not answered within {seconds} seconds ({key}).").ExecuteAsync(context);
        },
    };
}

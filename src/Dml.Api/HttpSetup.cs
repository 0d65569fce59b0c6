using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dml.Api.Audit;
using Dml.Api.Configuration;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Api.Telemetry;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dml.Api;

/// <summary>Configures what applies to every request: limits, JSON, problem details and the order of the middleware.</summary>
internal static class HttpSetup
{
    // Headers fit one or two packets; a client that needs longer holds the connection on purpose. Bodies and responses have
    // Kestrel's minimum data rate, 240 bytes a second after five seconds.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    public static void AddHttp(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseUrls(ListenAddresses.Of(builder.Configuration));
        var services = builder.Services;
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>, ConnectionShare>((kestrel, limits, share) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.Value.MaxBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.MaxConcurrentConnections = limits.Value.Connections;
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                share.Apply(endpoint);
                endpoint.RefusePlainHttp2(HeadersTimeout);
            });
        });
        services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<PathNames>();
        // After the types of ASP.NET Core's own have been added.
        services.AddOptions<JsonOptions>().PostConfigure<PathNames>((json, names) =>
        {
            var chain = json.SerializerOptions.TypeInfoResolverChain;
            var known = JsonTypeInfoResolver.Combine([.. chain]).WithAddedModifier(names.HideIn);
            chain.Clear();
            chain.Add(known);
        });
        services.AddExceptionHandler<ExceptionProblems>();
        services.AddProblemDetails(options =>
            options.CustomizeProblemDetails = problem => problem.ProblemDetails.Extensions[ProblemType.RequestMember] = RequestId.Current);
        services.AddAudit();
        services.AddSecurity();
        services.AddRequestLimits();
    }

    /// <summary>Refuses addresses that other machines can reach while no key protects the service.</summary>
    /// <exception cref="SettingsException">There is such an address, or a key is required and there is none.</exception>
    public static void CheckAddresses(this WebApplication app)
    {
        var security = app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value;
        if (security.HasKeys)
        {
            return;
        }

        if (security.RequireKeys)
        {
            throw new SettingsException(
                "Security:RequireKeys is true, and there is no key. Create one with `keys create --role admin --name NAME`.");
        }

        ListenAddresses.CheckLoopback(app.Configuration);
        app.Logger.LogWarning(
            "No API key protects this service: every program on this machine may read and change the catalogue. Before a proxy forwards to "
            + "it, create a key with `keys create` and set Security:RequireKeys=true.");
    }

    public static void UseHttp(this WebApplication app)
    {
        app.Use(PiecewiseAnswer.InvokeAsync);
        app.UseKnownProxies();
        app.UseRequestId();
        app.UseMiddleware<UnreadBody>();
        var keys = app.Services.GetRequiredService<KeyRing>();
        app.UseSecurityHeaders(() => keys.IsRequired);
        app.UseRetryAfter();
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<HeadAsGet>();
        app.UseRouting();
        // Outside of what turns failures into answers: it records what the caller was told.
        app.UseMiddleware<AuditTrail>();
        app.UseExceptionHandler();
        app.UseStatusCodePages(async context =>
        {
            var response = context.HttpContext.Response;
            await ProblemType.ForStatus(response.StatusCode)
                .With($"{context.HttpContext.Request.Method} {context.HttpContext.Request.Path} was answered with {response.StatusCode}; "
                    + "/swagger lists the API.")
                .ExecuteAsync(context.HttpContext);
        });
        app.Use(async (context, next) =>
        {
            await next(context);
            // A file result that sends no file still has its content type, which would suppress the problem's body.
            if (context.Response is
                {
                    HasStarted: false,
                    StatusCode: StatusCodes.Status412PreconditionFailed or StatusCodes.Status416RangeNotSatisfiable,
                } response)
            {
                response.ContentType = null;
                response.ContentLength = null;
            }
        });
        app.UseMiddleware<KeyIdentity>();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseMiddleware<RoleCheck>();
        app.UseMiddleware<RequestManners>();
        app.UseMiddleware<BodyLimit>();
        app.UseMiddleware<SameOrigin>();
        app.UseMiddleware<ParameterCheck>();
        app.UseMiddleware<EmbedQuota>();
        app.UseMiddleware<ConcurrencyGate>();
        // Behind what has collected the body.
        app.UseMiddleware<JsonMembers>();
    }
}

using Dml.Api.Configuration;

namespace Dml.Api.Audit;

/// <summary>Registers the audit log.</summary>
internal static class AuditSetup
{
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSettings<AuditOptions>();
        services.AddSingleton<AuditLog>();
        // The first: it is stopped last, after the requests that it records.
        services.AddHostedService(provider => provider.GetRequiredService<AuditLog>());
    }
}

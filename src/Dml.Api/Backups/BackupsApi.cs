using System.ComponentModel;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Backups;

/// <summary>Endpoints of backups of the running service.</summary>
internal static class BackupsApi
{
    private const string Type = "application/x-tar";

    public static void MapBackupsApi(this IEndpointRouteBuilder routes)
    {
        var backups = routes.MapGroup("/backups").WithTags("Backups");
        backups.MapPost("", Start)
            .RequireRole(Role.Admin)
            .Audited("backup.create")
            .WithSummary("Start a backup")
            .WithDescription(
                "It contains everything that was acknowledged before this call. Writes and searches continue. The archive is written "
                + "to Backup:Folder, "
                + "where the newest Backup:Keep archives are kept. `Dml.Api restore --from FILE` restores a data folder from it.")
            .Refuses(ProblemType.BackupRunning);
        backups.MapGet("", (BackupFolder folder) => TypedResults.Ok(folder.All))
            .RequireRole(Role.Admin)
            .WithSummary("List all backups, newest first");
        backups.MapGet("{name}", Get)
            .RequireRole(Role.Admin)
            .Audited("backup.download")
            .WithSummary("Download a backup")
            .Produces<FileResult>(200, Type).Produces<FileResult>(206, Type).Produces(304)
            .WithMetadata(Transfer.Metadata)
            .Refuses(ProblemType.NotFound, ProblemType.Changed, ProblemType.BadRange);
    }

    private static Results<Accepted<Job>, ProblemHttpResult> Start(BackupStarter starter)
    {
        var started = starter.Start();
        return started.Succeeded ? TypedResults.Accepted($"/jobs/{started.Value.Id}", started.Value) : started.Refusal.ToProblem();
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Get(
        [Description("The backup's name, as in GET /backups.")] string name, BackupFolder folder) =>
        folder.Find(name) is { } path
            ? TypedResults.PhysicalFile(path, Type, name, enableRangeProcessing: true)
            : ProblemType.NotFound.With($"There is no backup \"{name}\". GET /backups lists them.");
}

using System.ComponentModel;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Backups;

/// <summary>Backups of the running service.</summary>
internal static class BackupsApi
{
    private const string Type = "application/x-tar";

    public static void MapBackupsApi(this IEndpointRouteBuilder routes)
    {
        var backups = routes.MapGroup("/backups").WithTags("Backups");
        backups.MapPost("", Start)
            .WithSummary("Write a backup")
            .WithDescription(
                "Everything that was acknowledged before this call is in it, whole; writes and searches go on. The archive lies in Backup:Folder, "
                + "of which the newest Backup:Keep stay. `Dml.Api restore --from FILE` makes a data folder of it.")
            .Refuses(ProblemCode.BackupRunning);
        backups.MapGet("", (BackupFolder folder) => TypedResults.Ok(folder.All))
            .WithSummary("The backups there are, newest first");
        backups.MapGet("{name}", Get)
            .WithSummary("Fetch a backup")
            .Produces<FileResult>(200, Type).Produces<FileResult>(206, Type).Produces(304)
            .WithMetadata(Transfer.Metadata)
            .Refuses(ProblemCode.NotFound, ProblemCode.Changed, ProblemCode.BadRange);
    }

    private static Results<Accepted<Job>, ProblemHttpResult> Start(BackupStarter starter) =>
        starter.TryStart() is { } job
            ? TypedResults.Accepted($"/jobs/{job.Id}", job)
            : ProblemCode.BackupRunning.With("One backup runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it.");

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Get(
        [Description("The backup's name, as GET /backups lists it.")] string name, BackupFolder folder) =>
        folder.Find(name) is { } path
            ? TypedResults.PhysicalFile(path, Type, name, enableRangeProcessing: true)
            : ProblemCode.NotFound.With($"There is no backup \"{name}\". GET /backups lists them.");
}

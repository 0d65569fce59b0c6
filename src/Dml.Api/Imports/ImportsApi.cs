using System.Text.Json;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>Many pictures at once.</summary>
internal static class ImportsApi
{
    private const string RetryAfterSeconds = "10";

    public static void MapImportsApi(this IEndpointRouteBuilder routes)
    {
        var limits = routes.ServiceProvider.GetRequiredService<IOptions<LimitOptions>>().Value;
        routes.MapGroup("").WithTags("Imports").MapPost("/imports", StartAsync)
            .WithSummary("Import an archive or a folder")
            .WithDescription(
                "A zip or tar archive (gzip too), or `{ \"folder\": \"…\" }` below one of Imports:Roots. The folder that holds a picture is its label. "
                + "Ids come from the paths, so the same import again changes nothing.")
            .WithMetadata(new BodySize(limits.MaxImportBytes, "Limits:MaxImportBytes"), new ImportBody())
            .WithMetadata(Transfer.Metadata)
            .Refuses(
                ProblemCode.BadRequest, ProblemCode.BadForm, ProblemCode.FolderNotAllowed, ProblemCode.NotFound, ProblemCode.TooLarge, ProblemCode.NotAnArchive);
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> StartAsync(
        HttpRequest request, ImportUpload uploads, ArchiveImports archives, Import import, JobBoard jobs, IOptions<ImportOptions> options,
        IOptions<LimitOptions> limits, CancellationToken cancel)
    {
        if (jobs.CountRunning(JobKind.Import) >= limits.Value.RunningImports)
        {
            request.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            return ProblemCode.Busy.With($"{limits.Value.RunningImports} imports are running, as many as may at once (Limits:RunningImports).");
        }

        if (request.HasJsonContentType())
        {
            return await StartFolderAsync(request, import, jobs, options, limits, cancel);
        }

        var (path, problem) = await uploads.SaveAsync(request, cancel);
        try
        {
            if (problem is null && uploads.Open(path) is not null)
            {
                var archive = uploads.Keep(path);
                path = "";
                return Accepted(archives.Start(archive, "Importing an archive"));
            }
        }
        catch (InvalidDataException exception)
        {
            problem = ProblemCode.NotAnArchive.With($"The zip archive is damaged or cut short: {exception.Message}");
        }
        finally
        {
            if (path.Length > 0)
            {
                File.Delete(path);
            }
        }

        return problem ?? ProblemCode.NotAnArchive.With("Send a zip or tar archive, as a form's file field \"archive\" or as the body; or JSON { \"folder\": \"…\" }.");
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> StartFolderAsync(
        HttpRequest request, Import import, JobBoard jobs, IOptions<ImportOptions> options, IOptions<LimitOptions> limits, CancellationToken cancel)
    {
        ImportRequest? body;
        try
        {
            body = await request.ReadFromJsonAsync<ImportRequest>(cancel);
        }
        catch (JsonException exception)
        {
            return ProblemCode.BadRequest.With($"The body is not JSON such as {{\"folder\":\"/pictures\"}}: {exception.Message}");
        }

        if (string.IsNullOrWhiteSpace(body?.Folder))
        {
            return ProblemCode.BadRequest.With("Name the folder: {\"folder\":\"/pictures\"}.");
        }

        if (!FolderSource.IsAllowed(body.Folder, options.Value.Roots))
        {
            return ProblemCode.FolderNotAllowed.With("The folder lies in none of the folders that Imports:Roots names.");
        }

        if (!Directory.Exists(body.Folder))
        {
            return ProblemCode.NotFound.With($"There is no folder {body.Folder}.");
        }

        return Accepted(jobs.Start(
            JobKind.Import, $"Importing {body.Folder}", (progress, token) => import.RunAsync(FolderSource.Open(body.Folder, limits.Value.MaxBodyBytes), progress, token)));
    }

    private static Accepted<Job> Accepted(Job job) => TypedResults.Accepted($"/jobs/{job.Id}", job);
}

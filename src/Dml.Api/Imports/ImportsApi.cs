using System.Text.Json;
using Dml.Api.Failures;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>The endpoint that imports many pictures.</summary>
internal static class ImportsApi
{
    private const string RetryAfterSeconds = "10";
    private const int MostJsonBytes = 64 * 1024;

    public static void MapImportsApi(this IEndpointRouteBuilder routes)
    {
        var limits = routes.ServiceProvider.GetRequiredService<IOptions<LimitOptions>>().Value;
        routes.MapGroup("").WithTags("Imports").MapPost("/imports", StartAsync)
            .RequireRole(Role.Write)
            .Audited("import")
            .WithSummary("Import an archive or a folder")
            .WithDescription(
                "A zip or tar archive (also with gzip), or `{ \"folder\": \"…\" }` below one of Imports:Roots. The label of a picture "
                + "is the name of its folder. Ids are derived from the paths, so repeating an import changes nothing. The result of the "
                + "job counts every file: `added`, `replaced`, `present`, `refused` (the first 20 in `problems`), `ignored` because they "
                + "are not pictures (by kind in `leftOut`, the first 20 in `leftOutNames`), `superseded` by a later file of the same path, "
                + "`hidden`.")
            .WithMetadata(new BodySize(limits.MaxImportBytes, "Limits:MaxImportBytes"), new ImportBody())
            .WithMetadata(Transfer.Metadata)
            .Refuses(
                ProblemType.BadRequest,
                ProblemType.BadForm,
                ProblemType.FolderNotAllowed,
                ProblemType.NotFound,
                ProblemType.TooLarge,
                ProblemType.NotAnArchive);
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> StartAsync(
        HttpRequest request, Accounts accounts, ImportPlaces places, ImportUpload uploads, ArchiveImports archives, Import import,
        JobBoard jobs, FreeSpace space, IOptions<ImportOptions> options, IOptions<LimitOptions> limits, CancellationToken cancel)
    {
        // Before the upload: otherwise any number of uploads would pass while none of their jobs runs yet.
        var account = accounts.Of(request.HttpContext);
        using var place = places.TryTake(account.Caller);
        if (place is null)
        {
            request.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            return ProblemType.Busy.With(
                $"As many imports are running, or as many of this caller, as Limits:RunningImports ({limits.Value.RunningImports}) "
                + "permits. Try again after Retry-After seconds.");
        }

        if (request.HasJsonContentType())
        {
            return await StartFolderAsync(request, account, import, jobs, options, limits, cancel);
        }

        if (request.LackingSpace(space, uploads.Folder) is { } lacking)
        {
            return lacking.ToProblem();
        }

        var upload = await uploads.ReceiveAsync(path => SaveAsync(request, path, cancel));
        return upload.Succeeded ? Start(request.HttpContext, upload.Value, uploads, archives, account) : upload.Refusal.ToProblem();
    }

    private static async Task<Refusal?> SaveAsync(HttpRequest request, string path, CancellationToken cancel)
    {
        if (request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            return await MultipartBody.SaveAsync(
                request, new Dictionary<string, string> { ["archive"] = path }, new Dictionary<string, string>(), cancel);
        }

        await using var file = File.Create(path);
        await request.Body.CopyToAsync(file, cancel);
        return null;
    }

    private static Results<Accepted<Job>, ProblemHttpResult> Start(
        HttpContext context, string path, ImportUpload uploads, ArchiveImports archives, Account account)
    {
        try
        {
            bool isArchive;
            using (var source = uploads.Open(path))
            {
                isArchive = source is not null;
            }

            if (isArchive)
            {
                return Accepted(archives.Start(
                    uploads.Keep(path, Caller.Of(context).Key?.Sha256), "Importing an archive", account));
            }
        }
        catch (InvalidDataException exception)
        {
            return ProblemType.NotAnArchive.With(exception.Message);
        }
        finally
        {
            // Without effect on an archive that has been kept: that one was renamed.
            File.Delete(path);
        }

        return ProblemType.NotAnArchive.With(
            "Send a zip or tar archive, as the file field \"archive\" of a form or as the body, or JSON { \"folder\": \"…\" }.");
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> StartFolderAsync(
        HttpRequest request,
        Account account,
        Import import,
        JobBoard jobs,
        IOptions<ImportOptions> options,
        IOptions<LimitOptions> limits,
        CancellationToken cancel)
    {
        // Not as large as an archive: all of it is in memory at once.
        var json = new byte[MostJsonBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(json, json.Length, throwOnEndOfStream: false, cancel);
        if (length > MostJsonBytes)
        {
            return ProblemType.TooLarge.With($"JSON that names a folder may have at most {MostJsonBytes} bytes.");
        }

        if (JsonMembers.Fault(json.AsSpan(0, length), typeof(ImportRequest)) is { } fault)
        {
            return ProblemType.BadRequest.With(fault);
        }

        ImportRequest? body;
        try
        {
            body = JsonSerializer.Deserialize<ImportRequest>(json.AsSpan(0, length), JsonSerializerOptions.Web);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return ProblemType.BadRequest.With($"The body is not JSON such as {{\"folder\":\"/pictures\"}}: {exception.Message}");
        }

        if (string.IsNullOrWhiteSpace(body?.Folder) || body.Folder.Contains('\0', StringComparison.Ordinal))
        {
            return ProblemType.BadRequest.With("Name the folder by its path: {\"folder\":\"/pictures\"}.");
        }

        bool isAllowed;
        try
        {
            isAllowed = FolderSource.IsAllowed(body.Folder, options.Value.Roots);
        }
        catch (Exception exception)
            when (exception is ArgumentException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            return ProblemType.BadRequest.With("The folder is not a path that this system can follow.");
        }

        if (!isAllowed)
        {
            return ProblemType.FolderNotAllowed.With("The folder is not below any of the folders in Imports:Roots.");
        }

        if (!Directory.Exists(body.Folder))
        {
            return ProblemType.NotFound.With($"The folder {body.Folder} does not exist.");
        }

        return Accepted(
            jobs.Start(
                JobKind.Import,
                $"Importing {body.Folder}",
                (progress, token) => import.RunAsync(new FolderSource(body.Folder, limits.Value.MaxBodyBytes), account, progress, token),
                account.Caller));
    }

    private static Accepted<Job> Accepted(Job job) => TypedResults.Accepted($"/jobs/{job.Id}", job);
}

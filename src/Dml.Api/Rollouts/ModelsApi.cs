using System.ComponentModel;
using System.Text.Json;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>Endpoints of embedders, rollouts and generations.</summary>
internal static class ModelsApi
{
    private const string Enforce = "enforce";
    private const string Report = "report";

    // Without keys nobody has a name.
    private const string Nameless = "local";

    // Reactivating a kept generation takes moments unless much has changed since; then its job is the response.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void MapModelsApi(this IEndpointRouteBuilder routes)
    {
        var limits = routes.ServiceProvider.GetRequiredService<IOptions<LimitOptions>>().Value;
        var models = routes.MapGroup("").WithTags("Models");
        models.MapGet("/models", ListModels)
            .RequireRole(Role.Search)
            .WithSummary("List the embedders in the models folder");
        models.MapPost("/models", Upload)
            .RequireRole(Role.Admin)
            .Audited("model.upload")
            .WithSummary("Upload an embedder")
            .WithDescription(
                "It is loaded and tried before it is added under the name in its manifest. 200 if the same embedder already existed. Any "
                + "other image network in ONNX comes without a manifest: its input and output are found, it is pooled, normalised and "
                + "proved to give the vectors of the original. Send preprocessor_config.json as config, or name a preset.")
            .WithMetadata(
                new BodySize(limits.MaxModelBytes, "Limits:MaxModelBytes"), new FormBody("onnx") { Optional = ["manifest", "config"] })
            .WithMetadata(Transfer.Metadata)
            .Refuses(
                ProblemType.BadForm, ProblemType.BadParameter, ProblemType.ModelExists, ProblemType.TooLarge, ProblemType.BadEmbedder,
                ProblemType.AdoptionQuestion);
        models.MapPost("/models/{name}/rollout", RollOut)
            .RequireRole(Role.Admin)
            .Audited("rollout")
            .WithSummary("Roll out an embedder")
            .WithDescription(
                "Embeds the whole catalogue in the background, runs the new generation through the gate and activates it in one step. "
                + "If the gate refuses it, the active generation stays; the job and the generation name the failed check. "
                + "With gate=report it is activated all the same, unless an item is missing; its generation records who asked for that.")
            .Refuses(
                ProblemType.BadParameter, ProblemType.NotFound, ProblemType.AlreadyActive, ProblemType.RolloutRunning,
                ProblemType.BadEmbedder);
        models.MapDelete("/models/{name}", Delete)
            .RequireRole(Role.Admin)
            .Audited("model.delete")
            .WithSummary("Delete an embedder")
            .WithDescription("Deletes it from the models folder. Refused while the active, the building or a kept generation uses it.")
            .Refuses(ProblemType.NotFound, ProblemType.ModelInUse);
        models.MapGet("/generations", ListGenerations)
            .RequireRole(Role.Search)
            .WithSummary("List all generations, newest first")
            .WithDescription("A generation is one embedder and the index of the items that it embedded. One of them is active.");
        models.MapPost("/generations/{number}/activate", Activate)
            .RequireRole(Role.Admin)
            .Audited("generation.activate")
            .WithSummary("Roll back, or forward, to a kept generation")
            .WithDescription("200 when it is active; 202 with its job when it first has to embed many changes.")
            .Refuses(ProblemType.NotFound, ProblemType.RolloutRunning, ProblemType.GenerationGone);
    }

    private static Ok<IReadOnlyList<ModelResponse>> ListModels(IOptions<ModelOptions> models, GenerationRegistry generations) =>
        TypedResults.Ok(ModelsFolder.List(models.Value.Folder, generations.Active?.Fingerprint));

    private static async Task<Results<Created<ModelResponse>, Ok<ModelResponse>, ProblemHttpResult>> Upload(
        HttpRequest request,
        [Description("For a network without a manifest: the embedder's name.")] string? name,
        [Description("How its pictures are prepared, where no config is sent: imagenet, clip, siglip, dinov2 or cntk.")] string? preset,
        [Description("Side of its input in pixels, where it takes any.")] int? size,
        [Description("The value that becomes the embedding; else the last output that depends on the picture alone.")] string? output,
        [Description("How the output becomes one vector: auto, cls, average, tokens or none.")] string? pooling,
        ModelUpload upload,
        FreeSpace space,
        IOptions<ModelOptions> models,
        GenerationRegistry generations,
        CancellationToken cancel)
    {
        if (request.LackingSpace(space, models.Value.Folder) is { } lacking)
        {
            return lacking.ToProblem();
        }

        var received = await upload.ReceiveAsync(
            (files, optional) => MultipartBody.SaveAsync(request, files, optional, cancel),
            new AdoptionRequest(name, preset, size, output, pooling), cancel);
        if (!received.Succeeded)
        {
            return received.Refusal.ToProblem();
        }

        var (manifest, added) = received.Value;
        request.HttpContext.SetAuditTarget(manifest.Name);
        var model = ModelsFolder.Read(Path.Combine(models.Value.Folder, manifest.Name), generations.Active?.Fingerprint);
        return added ? TypedResults.Created("/models", model) : TypedResults.Ok(model);
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> RollOut(
        HttpContext context,
        [Description("The embedder's name, as in GET /models.")] string name,
        [FromQuery(Name = "gate"), Description("enforce (the default) or report: measure and record, but activate in any case.")]
        string? mode,
        RolloutStarter rollouts,
        CancellationToken cancel)
    {
        if (mode is not (null or Enforce or Report))
        {
            return ProblemType.BadParameter.With($"gate must be {Enforce} or {Report}, it is \"{mode}\".");
        }

        var order = mode == Report ? new RolloutOrder(OverriddenBy: Caller.Of(context).Name ?? Nameless) : RolloutOrder.Ordinary;
        var started = await rollouts.StartAsync(name, order, cancel);
        return started.Succeeded ? TypedResults.Accepted($"/jobs/{started.Value.Id}", started.Value) : started.Refusal.ToProblem();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        [Description("The embedder's name, as in GET /models.")] string name,
        IOptions<ModelOptions> models,
        GenerationRetention retention,
        CancellationToken cancel)
    {
        var folder = Path.Combine(models.Value.Folder, name);
        if (!ItemId.IsValid(name) || !File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
        {
            return ProblemType.NotFound.With($"There is no embedder \"{name}\". GET /models lists them.");
        }

        if (ModelsFolder.Read(folder, null).Fingerprint is { } fingerprint && (await retention.KeptAsync(cancel)).Contains(fingerprint))
        {
            return ProblemType.ModelInUse.With(
                $"A generation that is active, building or kept uses \"{name}\". GET /generations lists them; it can be deleted when "
                + "newer generations have taken their places (Generations:Keep).");
        }

        EmbedderFolder.Remove(folder);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<List<GenerationResponse>>> ListGenerations(SqliteCatalogue catalogue, CancellationToken cancel)
    {
        var generations = new List<GenerationResponse>();
        foreach (var row in (await catalogue.Generations.AllAsync(cancel)).Reverse())
        {
            generations.Add(await ReadAsync(row, catalogue, cancel));
        }

        return TypedResults.Ok(generations);
    }

    private static async Task<Results<Ok<GenerationResponse>, Accepted<Job>, ProblemHttpResult>> Activate(
        [Description("The generation's number, as in GET /generations.")] int number,
        RolloutStarter rollouts, SqliteCatalogue catalogue, JobBoard jobs, CancellationToken cancel)
    {
        if (await FindAsync(catalogue, number, cancel) is not { } row)
        {
            return ProblemType.NotFound.With($"There is no generation {number}. GET /generations lists them.");
        }

        if (row.State != GenerationState.Active)
        {
            var started = await rollouts.ReturnAsync(row, cancel);
            if (!started.Succeeded)
            {
                return started.Refusal.ToProblem();
            }

            var job = await jobs.WaitAsync(started.Value.Id, Patience, cancel);
            if (job.State != JobState.Succeeded)
            {
                return job.HasEnded
                    ? ProblemType.Internal.With($"The generation could not be activated: {job.Message}")
                    : TypedResults.Accepted($"/jobs/{job.Id}", job);
            }

            row = await FindAsync(catalogue, number, cancel) ?? row;
        }

        return TypedResults.Ok(await ReadAsync(row, catalogue, cancel));
    }

    private static async Task<StoredGeneration?> FindAsync(SqliteCatalogue catalogue, int number, CancellationToken cancel) =>
        (await catalogue.Generations.AllAsync(cancel)).FirstOrDefault(row => row.Number == number);

    private static async ValueTask<GenerationResponse> ReadAsync(
        StoredGeneration row, SqliteCatalogue catalogue, CancellationToken cancel) =>
        new(
            row.Number, row.Model, row.Fingerprint, row.Dimension, row.State, row.State == GenerationState.Active,
            await catalogue.CountEmbeddingsAsync(row.Fingerprint, cancel), row.CreatedAt, row.ActivatedAt,
            row.Gate is null ? null : JsonSerializer.Deserialize<GateReport>(row.Gate, JsonSerializerOptions.Web), row.Problem);
}

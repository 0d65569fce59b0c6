using System.ComponentModel;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>Which embedders there are, and which one answers.</summary>
internal static class ModelsApi
{
    // A return to a kept generation takes moments, unless much has changed since: then its job is the answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void MapModelsApi(this IEndpointRouteBuilder routes)
    {
        var limits = routes.ServiceProvider.GetRequiredService<IOptions<LimitOptions>>().Value;
        var models = routes.MapGroup("").WithTags("Models");
        models.MapGet("/models", ListModels).WithSummary("The embedders in the models folder");
        models.MapPost("/models", Upload)
            .WithSummary("Upload an embedder")
            .WithDescription("It is loaded and tried before it gets its name, the one in its manifest. 200 when the same embedder was there before.")
            .WithMetadata(new BodySize(limits.MaxModelBytes, "Limits:MaxModelBytes"), new FormBody("onnx", "manifest"))
            .WithMetadata(Transfer.Metadata)
            .Refuses(ProblemCode.BadForm, ProblemCode.ModelExists, ProblemCode.TooLarge, ProblemCode.BadEmbedder);
        models.MapPost("/models/{name}/rollout", RollOut)
            .WithSummary("Bring an embedder into service")
            .WithDescription(
                "Embeds the whole catalogue in the background, puts the new generation through the gate and makes it the active one in one step. "
                + "Refused, it leaves the active one as it is; the job and the generation say which check failed.")
            .Refuses(ProblemCode.NotFound, ProblemCode.AlreadyActive, ProblemCode.RolloutRunning, ProblemCode.BadEmbedder);
        models.MapGet("/generations", ListGenerations)
            .WithSummary("The generations there were, newest first")
            .WithDescription("A generation is one embedder and the index of what it embedded; one is active.");
        models.MapPost("/generations/{number}/activate", Activate)
            .WithSummary("Roll back, or forward, to a kept generation")
            .WithDescription("200 when it answers; 202 with its job when it first has to embed more than a moment's work of changes.")
            .Refuses(ProblemCode.NotFound, ProblemCode.RolloutRunning, ProblemCode.GenerationGone);
    }

    private static Ok<IReadOnlyList<ModelResponse>> ListModels(IOptions<ModelOptions> models, GenerationRegistry generations) =>
        TypedResults.Ok(ModelResponse.List(models.Value.Folder, generations.Active?.Fingerprint));

    private static async Task<Results<Created<ModelResponse>, Ok<ModelResponse>, ProblemHttpResult>> Upload(
        HttpRequest request, ModelUpload upload, IOptions<ModelOptions> models, GenerationRegistry generations, CancellationToken cancel)
    {
        var (manifest, added, problem) = await upload.TakeAsync(request, cancel);
        if (manifest is null)
        {
            return problem!;
        }

        var model = ModelResponse.Read(Path.Combine(models.Value.Folder, manifest.Name), generations.Active?.Fingerprint);
        return added ? TypedResults.Created("/models", model) : TypedResults.Ok(model);
    }

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> RollOut(
        [Description("The embedder's name, as GET /models lists it.")] string name, RolloutStarter rollouts, CancellationToken cancel)
    {
        var (job, problem) = await rollouts.StartAsync(name, cancel);
        return job is null ? problem! : TypedResults.Accepted($"/jobs/{job.Id}", job);
    }

    private static async Task<Ok<List<GenerationResponse>>> ListGenerations(ICatalogue catalogue, CancellationToken cancel)
    {
        var answer = new List<GenerationResponse>();
        foreach (var row in (await catalogue.GenerationsAsync(cancel)).Reverse())
        {
            answer.Add(await GenerationResponse.OfAsync(row, catalogue, cancel));
        }

        return TypedResults.Ok(answer);
    }

    private static async Task<Results<Ok<GenerationResponse>, Accepted<Job>, ProblemHttpResult>> Activate(
        [Description("The generation's number, as GET /generations lists it.")] int number,
        RolloutStarter rollouts, ICatalogue catalogue, JobBoard jobs, CancellationToken cancel)
    {
        if (await FindAsync(catalogue, number, cancel) is not { } row)
        {
            return ProblemCode.NotFound.With($"There is no generation {number}. GET /generations lists them.");
        }

        if (row.State != GenerationState.Active)
        {
            var (started, problem) = await rollouts.ReturnAsync(row, cancel);
            if (started is null)
            {
                return problem!;
            }

            var job = await jobs.WaitAsync(started.Id, Patience, cancel);
            if (job.State != JobState.Succeeded)
            {
                return job.HasEnded() ? ProblemCode.Internal.With($"The return failed: {job.Message}") : TypedResults.Accepted($"/jobs/{job.Id}", job);
            }

            row = await FindAsync(catalogue, number, cancel) ?? row;
        }

        return TypedResults.Ok(await GenerationResponse.OfAsync(row, catalogue, cancel));
    }

    private static async Task<StoredGeneration?> FindAsync(ICatalogue catalogue, int number, CancellationToken cancel) =>
        (await catalogue.GenerationsAsync(cancel)).FirstOrDefault(row => row.Number == number);
}

using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Demo;

/// <summary>Endpoints of the demo.</summary>
internal static class DemoApi
{
    public static void MapDemoApi(this IEndpointRouteBuilder routes)
    {
        var demo = routes.MapGroup("/demo").WithTags("Demo");
        demo.MapGet("", Read)
            .RequireRole(Role.Search)
            .WithSummary("Whether the demo can be tried")
            .WithDescription("The demo fills an empty catalogue with drawings of emoji and uses an embedder for drawings.");
        demo.MapPost("", Start)
            .RequireRole(Role.Admin)
            .Audited("demo.import")
            .WithSummary("Fill the empty catalogue with the demo drawings")
            .WithDescription("202 with the job. Searches are answered meanwhile.")
            .Refuses(ProblemType.NotEmpty, ProblemType.NoDemo);
    }

    private static async Task<Ok<DemoResponse>> Read(DemoImport demo, CancellationToken cancel) =>
        TypedResults.Ok(await demo.ReadAsync(cancel));

    private static async Task<Results<Accepted<Job>, ProblemHttpResult>> Start(DemoImport demo, CancellationToken cancel)
    {
        var started = await demo.BeginAsync(cancel);
        return started.Succeeded ? TypedResults.Accepted($"/jobs/{started.Value.Id}", started.Value) : started.Refusal.ToProblem();
    }
}

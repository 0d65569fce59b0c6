using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>The groups in the order of their use, which is the order of the page.</summary>
internal sealed class TagFilter : IDocumentFilter
{
    private static readonly (string Name, string Description)[] Groups =
    [
        ("Search", "Search by picture, by item, by vector; and the bare embedding."),
        ("Items", "The catalogue's items and their pictures."),
        ("Imports", "Many pictures at once."),
        ("Jobs", "Long work that goes on behind the requests."),
        ("Models", "Embedders, their rollouts and the generations they make."),
        ("Retrains", "Learning from the catalogue: feedback, the nightly pipeline and its reports."),
        ("Backups", "Backups of the running service."),
        ("Map", "The catalogue as its embedder sees it, in two dimensions."),
        ("Health", "Figures and probes."),
    ];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Tags = new HashSet<OpenApiTag>(Groups.Select(group => new OpenApiTag { Name = group.Name, Description = group.Description }));
        var paths = new OpenApiPaths();
        foreach (var (path, item) in swaggerDoc.Paths.OrderBy(pair => PlaceOf(pair.Value)))
        {
            paths[path] = item;
        }

        swaggerDoc.Paths = paths;
    }

    private static int PlaceOf(IOpenApiPathItem path) =>
        path.Operations!.Values.SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Min(tag => Array.FindIndex(Groups, group => group.Name == tag.Name));
}

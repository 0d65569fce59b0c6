using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Orders the groups as they are typically used; Swagger UI follows this order.</summary>
internal sealed class TagFilter : IDocumentFilter
{
    private static readonly (string Name, string Description)[] Groups =
    [
        ("Search", "Search by picture, by item or by vector; embed pictures."),
        ("Items", "The catalogue's items and their pictures."),
        ("Imports", "Import many pictures."),
        ("Jobs", "Background jobs."),
        ("Models", "Embedders, rollouts and generations."),
        ("Retrains", "Learning from the catalogue: feedback, nightly retrains and their reports."),
        ("Backups", "Backups of the running service."),
        ("Map", "The embedding space of the catalogue in two dimensions."),
        ("Demo", "The demo catalogue."),
        ("Health", "Figures and probes."),
    ];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Tags = new HashSet<OpenApiTag>(
            Groups.Select(group => new OpenApiTag { Name = group.Name, Description = group.Description }));
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

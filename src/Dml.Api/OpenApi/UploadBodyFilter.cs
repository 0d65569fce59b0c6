using Dml.Api.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Describes the bodies of uploads other than pictures: forms with files, and imports.</summary>
internal sealed class UploadBodyFilter : IOperationFilter
{
    private static readonly string[] ArchiveTypes =
    [
        "application/zip",
        "application/x-tar",
        "application/gzip",
        "application/octet-stream",
    ];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<FormBody>().FirstOrDefault() is { } form)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = FormOf(form.Files, form.Optional) },
            };
        }

        if (metadata.OfType<ImportBody>().Any())
        {
            var content = new Dictionary<string, OpenApiMediaType>
            {
                ["multipart/form-data"] = FormOf(["archive"], []),
                ["application/json"] = new() { Schema = Folder() },
            };
            foreach (var type in ArchiveTypes)
            {
                content[type] = new OpenApiMediaType { Schema = File() };
            }

            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
        }
    }

    private static OpenApiMediaType FormOf(string[] files, string[] optional) => new()
    {
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = files.ToHashSet(),
            Properties = files.Concat(optional).ToDictionary(name => name, IOpenApiSchema (_) => File()),
        },
    };

    private static OpenApiSchema Folder() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "folder" },
        Properties = new Dictionary<string, IOpenApiSchema> { ["folder"] = new OpenApiSchema { Type = JsonSchemaType.String } },
    };

    private static OpenApiSchema File() => new() { Type = JsonSchemaType.String, Format = "binary" };
}

using System.Text.Json.Nodes;
using Dml.Api.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Dml.Api.OpenApi;

/// <summary>Describes the bodies that <see cref="Http.PictureForm"/> reads, so that Swagger UI shows a file chooser.</summary>
internal sealed class PictureBodyFilter : IOperationFilter
{
    private static readonly string[] RawTypes = ["image/*", "application/octet-stream"];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var body = context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<PictureBody>().FirstOrDefault();
        if (body is null)
        {
            return;
        }

        var content = new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = Form(body.Fields) };
        foreach (var type in RawTypes)
        {
            content[type] = new OpenApiMediaType { Schema = File("The bytes of the file.") };
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = body.Fields == PictureFields.Examples
                ? "A form of examples, at least one picture or liked item; or the bytes of one file."
                : "A form with the file field `image`, or the bytes of the file.",
            Content = content,
        };
    }

    private static OpenApiMediaType Form(PictureFields fields)
    {
        if (fields == PictureFields.Examples)
        {
            return new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["image"] = Several(
                            "Pictures to find the like of: JPEG, PNG, WebP, GIF, AVIF or TIFF.",
                            new() { Type = JsonSchemaType.String, Format = "binary" }),
                        ["like"] = Several("Ids of items to find the like of.", new() { Type = JsonSchemaType.String }),
                        ["dislike"] = Several("Ids of items to stay away from.", new() { Type = JsonSchemaType.String }),
                    },
                },
            };
        }

        var form = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "image" },
            Properties = new Dictionary<string, IOpenApiSchema> { ["image"] = File("JPEG, PNG, WebP, GIF, AVIF or TIFF.") },
        };
        if (fields == PictureFields.Item)
        {
            form.Properties["label"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "The class of the item.",
                Examples = [JsonValue.Create("red-apple")],
            };
            form.Properties["attributes"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "A JSON object of strings, numbers and booleans.",
                Examples = [JsonValue.Create("{\"set\":\"noto\",\"price\":3}")],
            };
        }

        return new OpenApiMediaType { Schema = form };
    }

    private static OpenApiSchema Several(string description, OpenApiSchema each) =>
        new() { Type = JsonSchemaType.Array, MaxItems = ExampleForm.Most, Description = description, Items = each };

    private static OpenApiSchema File(string description) =>
        new() { Type = JsonSchemaType.String, Format = "binary", Description = description };
}

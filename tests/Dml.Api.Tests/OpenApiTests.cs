using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

public sealed class OpenApiTests(LimitedService service) : IClassFixture<LimitedService>, IAsyncLifetime
{
    private JsonObject _document = null!;

    public async ValueTask InitializeAsync() => _document = await service.Http.GetObjectAsync("swagger/v1/swagger.json");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void Every_route_is_described()
    {
        var routes = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
                .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}") ?? [])
            .Order().ToList();
        var described = _document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
            .Order().ToList();

        Assert.True(routes.Count >= 20);
        Assert.Equal(routes, described);
    }

    [Fact]
    public void Every_operation_has_a_summary_and_an_answer()
    {
        foreach (var (path, operations) in _document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                Assert.True(operation!["summary"] is not null, $"{method} {path}");
                Assert.True(operation["responses"]!.AsObject().Any(answer => answer.Key[0] == '2'), $"{method} {path}");
            }
        }
    }

    [Fact]
    public void Every_answer_has_a_schema_and_an_example_that_fits_it()
    {
        var document = new ContractDocument(_document);
        var check = new SchemaCheck(document.Schemas);
        var examples = 0;
        foreach (var (method, path, operation) in document.Operations)
        {
            foreach (var (status, answer) in operation["responses"]!.AsObject())
            {
                Assert.True(!string.IsNullOrEmpty((string?)answer!["description"]), $"{method} {path} {status}");
                foreach (var (type, media) in answer["content"]?.AsObject() ?? [])
                {
                    var schema = media!["schema"]?.AsObject();
                    Assert.True(schema is not null, $"{method} {path} {status} {type}");
                    if (!type.EndsWith("json", StringComparison.Ordinal))
                    {
                        continue;
                    }

                    var values = media["examples"]?.AsObject().Select(example => example.Value!["value"]).ToList() ?? [media["example"]];
                    Assert.All(values, value =>
                        Assert.True(
                            check.Faults(value, schema!) is { Count: 0 },
                            $"{method} {path} {status}: {string.Join("; ", check.Faults(value, schema!))}"));
                    examples += values.Count;
                }
            }
        }

        Assert.True(examples > 100, $"{examples} examples");
    }

    [Fact]
    public void Every_body_is_described()
    {
        foreach (
            var (method, path, operation) in new ContractDocument(_document).Operations.Where(operation =>
                operation.Method is "PUT" or "PATCH" or "POST"))
        {
            var takesNone = path.EndsWith("/rollout", StringComparison.Ordinal) || path.EndsWith("/activate", StringComparison.Ordinal)
                || path is "/backups" or "/retrain" or "/demo";
            Assert.True(takesNone == (operation["requestBody"] is null), $"{method} {path}");
            Assert.All(operation["requestBody"]?["content"]?.AsObject() ?? [], media => Assert.NotNull(media.Value!["schema"]));
        }
    }

    [Fact]
    public void Search_comes_first()
    {
        Assert.Equal("Search", (string)_document["tags"]![0]!["name"]!);
        Assert.Equal("/search", _document["paths"]!.AsObject().First().Key);
    }

    [Theory]
    [InlineData(
        """
        {"id":"x","kind":"import","state":"running","done":1,"total":null,"message":null,
         "startedAt":null,"endedAt":null,"result":null}
        """,
        0
    )]
    [InlineData(
        """
        {"id":"x","kind":"import","state":"walking","done":1,"total":null,"message":null,
         "startedAt":null,"endedAt":null,"result":null}
        """,
        1
    )]
    [InlineData(
        """
        {"id":3,"kind":"import","state":"running","done":1.5,"total":null,"message":null,
         "startedAt":"now","endedAt":null,"result":null}
        """,
        3
    )]
    [InlineData(
        """
        {"id":null,"kind":"import","state":"running","done":1,"message":null,
         "startedAt":null,"endedAt":null,"result":[],"more":1}
        """,
        4)]
    public void The_check_sees_what_does_not_fit(string job, int faults)
    {
        var check = new SchemaCheck(new ContractDocument(_document).Schemas);
        var found = check.Faults(JsonNode.Parse(job), JsonNode.Parse("""{"$ref":"#/components/schemas/Job"}""")!.AsObject());
        Assert.True(faults == found.Count, string.Join("; ", found));
    }

    [Theory]
    [InlineData("/embed", "post", false)]
    [InlineData("/items", "post", true)]
    [InlineData("/items/{id}", "put", true)]
    public void A_picture_is_a_file_of_a_form_or_the_bare_body(string path, string method, bool withFields)
    {
        var content = _document["paths"]![path]![method]!["requestBody"]!["content"]!;
        var form = content["multipart/form-data"]!["schema"]!["properties"]!;
        Assert.Equal("binary", (string)form["image"]!["format"]!);
        Assert.Equal(withFields, form["label"] is not null && form["attributes"] is not null);
        Assert.Equal("binary", (string)content["image/*"]!["schema"]!["format"]!);
    }

    [Fact]
    public void A_search_takes_several_pictures_and_items()
    {
        var content = _document["paths"]!["/search"]!["post"]!["requestBody"]!["content"]!;
        var form = content["multipart/form-data"]!["schema"]!["properties"]!;
        Assert.Equal(("array", "binary"), ((string)form["image"]!["type"]!, (string)form["image"]!["items"]!["format"]!));
        Assert.All(
            new[] { "like", "dislike" },
            name => Assert.Equal(("array", "string"), ((string)form[name]!["type"]!, (string)form[name]!["items"]!["type"]!)));
        Assert.Equal("binary", (string)content["image/*"]!["schema"]!["format"]!);
    }

    [Fact]
    public void The_vector_example_has_the_active_dimension()
    {
        var example = _document["paths"]!["/search/vector"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]!;
        Assert.Equal(TinyEmbedder.Dimension, example["vector"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_item_example_is_an_item_that_there_is()
    {
        using var put = await service.Http.PutAsync("mine", Pictures.Blocks(1));
        var document = await service.Http.GetObjectAsync("swagger/v1/swagger.json");
        Assert.Equal("noto.red-apple", (string)IdExample(_document)!);
        Assert.Equal("mine", (string)IdExample(document)!);
        using var deleted = await service.Http.DeleteAsync("items/mine", TestContext.Current.CancellationToken);
    }

    private static JsonNode? IdExample(JsonObject document) =>
        document["paths"]!["/items/{id}"]!["get"]!["parameters"]![0]!["example"];

    [Theory]
    [InlineData("swagger/index.html", "text/html")]
    [InlineData("", "text/html")]
    public async Task The_pages_are_served(string path, string type)
    {
        using var answer = await service.Http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
    }
}

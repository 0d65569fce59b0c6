using System.Net;
using System.Text.Json.Nodes;
using Dml.Api.Jobs;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>HEAD answers as GET does, without the body (RFC 9110, 9.3.2).</summary>
public sealed class HeadTests(LimitedService service) : IClassFixture<LimitedService>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("js/main.js")]
    [InlineData("stats")]
    [InlineData("items")]
    [InlineData("items/head/image")]
    [InlineData("items/head/thumbnail")]
    [InlineData("items/none/image")]
    [InlineData("healthz/ready")]
    [InlineData("swagger/v1/swagger.json")]
    public async Task Status_and_headers_are_those_of_get(string path)
    {
        using var put = await service.Http.PutAsync("head", Pictures.Blocks(1));
        using var get = await service.Http.GetAsync(path, Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await service.Http.SendAsync(request, Cancel);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task The_length_of_a_picture_is_told()
    {
        using var put = await service.Http.PutAsync("head", Pictures.Blocks(1));
        using var request = new HttpRequestMessage(HttpMethod.Head, "items/head/image");
        using var head = await service.Http.SendAsync(request, Cancel);
        Assert.Equal(Pictures.Blocks(1).Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_head_of_a_stream_does_not_wait_for_its_end()
    {
        var jobs = service.Services.GetRequiredService<JobBoard>();
        var end = new TaskCompletionSource<JsonObject?>();
        var job = jobs.Start(JobKind.Import, "Waiting", (_, _) => end.Task);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"jobs/{job.Id}/events");
            using var head = await service.Http.SendAsync(request, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (head.StatusCode, head.Content.Headers.ContentType?.MediaType));
            using var none = new HttpRequestMessage(HttpMethod.Head, "jobs/none/events");
            using var absent = await service.Http.SendAsync(none, Cancel);
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        }
        finally
        {
            end.SetResult(null);
        }
    }

    [Fact]
    public async Task What_has_no_get_has_no_head()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "search");
        using var head = await service.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, head.StatusCode);
    }
}

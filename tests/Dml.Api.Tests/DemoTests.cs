using System.Net;
using Dml.Api.Demo;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>The demo is offered in an empty catalogue, begun once, and refused where it does not belong.</summary>
public sealed class DemoTests : IDisposable
{
    private const int Callers = 8;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_many_callers_at_the_same_time_one_begins_it()
    {
        Assert.SkipWhen(Repository.NoDemoDrawings is not null, Repository.NoDemoDrawings ?? "");
        await using var service = await TestService.StartAsync(_folder, "--Demo:Import=", $"--Demo:Folder={Repository.DemoDrawings}");
        Assert.Equal(new DemoResponse(DemoState.Offered, Available: true), await service.Client.DemoAsync(Cancel));

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => service.Http.PostAsync("/demo", null, Cancel)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Accepted))
        {
            Assert.Equal((HttpStatusCode.Conflict, ProblemCode.NotEmpty), (refused.StatusCode, await refused.ProblemCodeAsync()));
        }

        Assert.Single(await service.Client.JobsAsync(Cancel), job => job.Kind == JobKind.Import);
    }

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    public async Task A_caller_who_is_there_at_the_start_does_not_begin_it_twice(string import)
    {
        Assert.SkipWhen(Repository.NoDemoDrawings is not null, Repository.NoDemoDrawings ?? "");
        await using var app = Program.Build(_folder.Arguments($"--Demo:Import={import}", $"--Demo:Folder={Repository.DemoDrawings}"));
        // Before the embedder is loaded, as a caller may be who waits for the port.
        var begun = app.Services.GetRequiredService<DemoImport>().BeginAsync(Cancel);
        await app.StartAsync(Cancel);
        await begun;
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        Assert.Single(await new DmlClient(http).JobsAsync(Cancel), job => job.Kind == JobKind.Import);
        await app.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_catalogue_with_pictures_refuses_it()
    {
        await using var service = await TestService.StartAsync(_folder, "--Demo:Import=");
        await service.Client.PutItemAsync("mine", Pictures.Blocks(1), cancel: Cancel);

        Assert.Equal(DemoState.None, (await service.Client.DemoAsync(Cancel)).State);
        var refused = await Assert.ThrowsAsync<DmlException>(() => service.Client.StartDemoAsync(Cancel));
        Assert.Equal(ProblemCode.NotEmpty, refused.Code);
    }

    [Theory]
    [InlineData("", "npm")]
    [InlineData("false", "Demo:Import=false")]
    public async Task Where_it_cannot_be_had_it_says_why(string import, string reason)
    {
        await using var service = await TestService.StartAsync(
            _folder, $"--Demo:Import={import}", $"--Demo:Folder={Path.Combine(_folder.Data, "none")}");

        Assert.Equal(new DemoResponse(DemoState.Offered, Available: false), await service.Client.DemoAsync(Cancel));
        var refused = await Assert.ThrowsAsync<DmlException>(() => service.Client.StartDemoAsync(Cancel));
        Assert.Equal(ProblemCode.NoDemo, refused.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }
}

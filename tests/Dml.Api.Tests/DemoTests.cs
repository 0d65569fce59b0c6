using System.Net;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

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

namespace Dml.Training.Tests.Commands;

/// <summary>The program's command line, in a process of its own.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_names_every_verb_and_version_is_one_line()
    {
        var (code, help, _) = await RunAsync("--help");
        Assert.Equal(0, code);
        Assert.All(
            ["train", "eval", "export", "compare", "imprint", "fetch", "list", "nightly"],
            verb => Assert.Contains($"\n  {verb} ", help, StringComparison.Ordinal));
        (code, var version, _) = await RunAsync("--version");
        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+[^\n]*\n$", version);
        (code, help, _) = await RunAsync("eval", "--help");
        Assert.Equal(0, code);
        Assert.Contains("--rerank", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", "losses", "--nonsense")]
    [InlineData("list", "nonsense")]
    [InlineData("train", "a.json", "b.json")]
    [InlineData("train", "a.json", "--device", "abacus")]
    [InlineData("export", "run")]
    [InlineData("nonsense")]
    [InlineData]
    public async Task What_is_unknown_or_missing_is_refused(params string[] arguments)
    {
        var (code, _, errors) = await RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.NotEqual("", errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,5")]
    [InlineData("1,000")]
    [InlineData("half")]
    public async Task A_number_with_a_comma_is_refused(string number)
    {
        var (code, _, errors) = await RunAsync("eval", "run", "--beta", number);
        Assert.Equal(1, code);
        Assert.Contains($"--beta is \"{number}\"; expected a number such as 0.004.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_stand_in_any_place()
    {
        var (_, after, _) = await RunAsync("list", "miners", "--json");
        var (code, before, _) = await RunAsync("list", "--json", "miners");
        Assert.Equal((0, after), (code, before));
        Assert.StartsWith("[", after, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = new TrainProcess(_folder.Path, arguments);
        return await process.EndAsync(TestContext.Current.CancellationToken);
    }
}

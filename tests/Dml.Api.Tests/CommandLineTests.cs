using Dml.Api.Configuration;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>The program's arguments: commands, options and settings in any order.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--Data:Folder=DATA keys list")]
    [InlineData("keys --Data:Folder=DATA list")]
    [InlineData("keys list --Data:Folder=DATA")]
    [InlineData("--Data:Folder DATA keys list")]
    [InlineData("keys list --Data:Folder DATA")]
    [InlineData("keys list Data:Folder=DATA")]
    [InlineData("--data:folder DATA keys list --Urls http://127.0.0.1:0")]
    public async Task Settings_stand_anywhere(string words)
    {
        Assert.Equal(0, (await RunAsync("keys create --name ci --role write --Data:Folder=DATA")).Code);
        var (code, log) = await RunAsync(words);
        Assert.True(code == 0, log);
        Assert.Contains("ci\twrite\tusable", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--name ci --role write keys create --Data:Folder=DATA")]
    [InlineData("keys --name=ci create --ROLE=write --Data:Folder=DATA")]
    public async Task Options_stand_anywhere(string words)
    {
        var (code, log) = await RunAsync(words);
        Assert.True(code == 0, log);
        Assert.Contains("\ndml_", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_named_like_a_command_is_no_command()
    {
        var (code, log) = await RunAsync("--Data:Folder backup keys list");
        Assert.True(code == 0, log);
    }

    [Fact]
    public async Task Help_lists_the_commands_and_says_where_the_settings_are()
    {
        var (code, log) = await RunAsync("--help");
        Assert.Equal(0, code);
        string[] words = ["keys", "backup", "restore", "health", "--Data:Folder=", "docs/operations.md"];
        Assert.All(words, word => Assert.Contains(word, log, StringComparison.Ordinal));
        var (_, ofCommand) = await RunAsync("keys create --help");
        Assert.All(["--name", "--role", "--store"], word => Assert.Contains(word, ofCommand, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var (code, log) = await RunAsync("--version");
        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", log);
    }

    [Theory]
    [InlineData("keyz", "\"keyz\" is not a command; did you mean \"keys\"?")]
    [InlineData("bakup --to x.tar", "\"bakup\" is not a command; did you mean \"backup\"?")]
    [InlineData("--verbose keys list", "--verbose is unknown here")]
    [InlineData("keys", "\"keys\" is not a command.")]
    [InlineData("keys list extra", "\"keys list extra\" is not a command; did you mean \"keys list\"?")]
    [InlineData(
        "keys create --rolle write",
        "--rolle is unknown here; did you mean --role? Known are --name, --role, --store, --expires, --max-items, --max-bytes, "
            + "--embed-seconds and settings.")]
    [InlineData("keys list --name ci", "--name is unknown here. Only settings are taken.")]
    [InlineData("--Url=http://127.0.0.1:0", "did you mean --Urls?")]
    [InlineData("-x", "-x is unknown here.")]
    [InlineData("keys list --Data:Folders=DATA", "Data:Folders is not a setting; did you mean Data:Folder?")]
    [InlineData("keys list --Data:Folder", "--Data:Folder has no value.")]
    [InlineData("keys create --name ci --role write --store maybe", "maybe")]
    public async Task A_wrong_argument_is_refused_and_no_service_starts(string words, string message)
    {
        var args = Split(words);
        var exception = await Assert.ThrowsAsync<SettingsException>(() => Program.RunAsync(args));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Program.Main(args));
    }

    private string[] Split(string words) =>
        [.. words.Split(' ').Select(word => word.Replace("DATA", _folder.Data, StringComparison.Ordinal))];

    private Task<(int Code, string Log)> RunAsync(string words) => ChildService.RunAsync(Split(words));
}

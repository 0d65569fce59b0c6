using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--Urls=http://0.0.0.0:0", "can be reached from other machines")]
    [InlineData("--Urls=http://*:0", "can be reached from other machines")]
    [InlineData("--Urls=http://127.0.0.1:0;http://192.168.1.5:0", "192.168.1.5")]
    [InlineData("--Urls=nonsense", "expected addresses such as")]
    [InlineData("--Kestrel:Endpoints:Http:Url=http://[::]:0", "can be reached from other machines")]
    [InlineData("--Limits:MaxBodyBytes=many", "Limits:MaxBodyBytes is \"many\"; expected a whole number")]
    [InlineData("--Limits:MaxPixels=0", "Limits:MaxPixels")]
    [InlineData("--Limits:BodyMemoryBytes=20971520", "expected a whole number from 22020096")]
    [InlineData("--Embedder:Provider=tpu", "expected one of: cpu, cuda")]
    [InlineData("--Gate:Margin=2", "Gate:Margin is \"2\"; expected a number from 0 to 1")]
    [InlineData("--Generations:Keep=0", "Generations:Keep")]
    [InlineData("--Demo:Import=perhaps", "expected true or false")]
    public void A_wrong_setting_is_refused_with_its_name(string argument, string message)
    {
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(argument)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:0")]
    [InlineData("http://127.0.0.2:0")]
    [InlineData("http://[::1]:0")]
    public async Task Loopback_addresses_are_taken(string url)
    {
        await using var app = Program.Build(_folder.Arguments($"--Urls={url}"));
        Assert.NotNull(app);
    }

    [Fact]
    public async Task The_program_ends_with_the_message_and_without_a_stack_trace()
    {
        var (code, log) = await ChildService.RunAsync(_folder.Arguments("--Urls=http://0.0.0.0:0"));
        Assert.Equal(1, code);
        Assert.Contains("can be reached from other machines", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_service_on_the_same_data_is_refused()
    {
        await using var first = await TestService.StartAsync(_folder);
        var (code, log) = await ChildService.RunAsync(_folder.Arguments());
        Assert.Equal(1, code);
        Assert.Contains("in use by another process", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Dml.Api.Configuration;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>The program's own way to make, list and revoke keys.</summary>
public sealed class KeyCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_running_service_hears_of_keys()
    {
        await using var service = await TestService.StartAsync(_folder);
        Assert.Equal(200, (int)(await CallAsync(service, null)).StatusCode);

        var secret = await CreateAsync("ci", "search");
        await UntilAsync(service, null, "key-missing");
        Assert.Equal(200, (int)(await CallAsync(service, secret)).StatusCode);
        var stored = await File.ReadAllTextAsync(KeyFile.PathIn(_folder.Data), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[4..], stored, StringComparison.Ordinal);

        var (code, log) = await RunAsync("keys", "revoke", "--name", "ci");
        Assert.True(code == 0, log);
        await UntilAsync(service, secret, "key-unknown");
        // The last key is gone, and the door stays shut, also when somebody deletes the file.
        File.Delete(KeyFile.PathIn(_folder.Data));
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)(await CallAsync(service, null)).StatusCode);
    }

    [Fact]
    public async Task All_of_them_are_listed_without_their_secrets()
    {
        var first = await CreateAsync("first", "admin");
        await CreateAsync("second", "write");
        await RunAsync("keys", "revoke", "--name=second");
        var (code, log) = await RunAsync("keys", "list");
        Assert.Equal(0, code);
        Assert.Matches("first\tadmin\tusable", log);
        Assert.Matches("second\twrite\trevoked", log);
        Assert.DoesNotContain(first, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_for_the_configuration_works_there()
    {
        var (code, log) = await RunAsync("keys", "create", "--name", "ops", "--role", "admin", "--store=false");
        Assert.Equal(0, code);
        Assert.False(File.Exists(KeyFile.PathIn(_folder.Data)));
        var lines = log.Split('\n').Where(line => line.Length > 0).ToArray();
        var secret = lines.Single(line => line.StartsWith("dml_", StringComparison.Ordinal));
        var entry = JsonNode.Parse(string.Concat(lines.SkipWhile(line => line != "{")))!;

        await using var service = await TestService.StartAsync(
            _folder,
            $"--Security:Keys:0:Name={entry["name"]}",
            $"--Security:Keys:0:Role={entry["role"]}",
            $"--Security:Keys:0:Sha256={entry["sha256"]}");
        Assert.Equal(200, (int)(await CallAsync(service, secret)).StatusCode);
        Assert.Equal(401, (int)(await CallAsync(service, null)).StatusCode);
    }

    [Theory]
    [InlineData("keys create --role write", "--name is missing")]
    [InlineData("keys create --name ci", "--role is missing")]
    [InlineData("keys create --name ci --role root", "expected search, write or admin")]
    [InlineData("keys create --name ci --role 2", "expected search, write or admin")]
    [InlineData("keys create --name ci --rolle write", "--rolle is unknown here")]
    [InlineData("keys revoke --name nobody", "There is no usable key \"nobody\"")]
    [InlineData("keys make", "\"keys make\" is not a command")]
    [InlineData("restore", "--from is missing")]
    public async Task A_wrong_command_says_what_is_right(string words, string message)
    {
        string[] args = [.. words.Split(' '), $"--Data:Folder={_folder.Data}"];
        var exception = await Assert.ThrowsAsync<SettingsException>(() => Program.RunAsync(args));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Program.Main(args));
    }

    [Fact]
    public async Task A_key_opens_the_way_to_other_addresses()
    {
        Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments("--Urls=http://0.0.0.0:0")));
        var secret = await CreateAsync("ci", "search");
        await using (
            var service = await ChildService.StartAsync(_folder.Arguments("--Urls=http://0.0.0.0:0"), TestContext.Current.CancellationToken)
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{service.Http.BaseAddress!.Port}/stats");
            request.Headers.Host = "images.example";
            request.Headers.Add("X-Api-Key", secret);
            using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(0, (await RunAsync("health", $"--Urls=http://0.0.0.0:{service.Http.BaseAddress.Port}")).Code);
        }

        await RunAsync("keys", "revoke", "--name", "ci");
        Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments("--Urls=http://0.0.0.0:0")));
        Assert.Equal(1, (await RunAsync("health", "--url=http://127.0.0.1:9")).Code);
    }

    [Fact]
    public async Task Without_keys_a_foreign_host_name_is_refused()
    {
        await using var service = await TestService.StartAsync(_folder);
        using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
        request.Headers.Host = "images.example";
        using var http = new HttpClient { BaseAddress = service.Http.BaseAddress };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_name_that_does_not_show_what_it_is_is_refused()
    {
        const string Name = "c\u202ei";
        string[] args = ["keys", "create", "--role", "write", "--name", Name, $"--Data:Folder={_folder.Data}"];
        var exception = await Assert.ThrowsAsync<SettingsException>(() => Program.RunAsync(args));
        Assert.Contains("none of them invisible", exception.Message, StringComparison.Ordinal);
        string[] entry =
            [$"--Security:Keys:0:Name={Name}", "--Security:Keys:0:Role=write", $"--Security:Keys:0:Sha256={new string('a', 64)}"];
        exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(entry)));
        Assert.Contains("Security:Keys:0:Name has invisible characters", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Role=chief", "Security:Keys:0:Role is \"chief\"")]
    [InlineData("Sha256=abc", "needs a Name and a Sha256")]
    [InlineData("Name=", "needs a Name and a Sha256")]
    public void A_wrong_entry_is_refused_with_its_name(string wrong, string message)
    {
        string[] right = ["Name=ci", "Role=write", $"Sha256={new string('a', 64)}"];
        var entries = right
            .Where(entry => entry.Split('=')[0] != wrong.Split('=')[0])
            .Append(wrong)
            .Select(entry => $"--Security:Keys:0:{entry}")
            .ToArray();
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(entries)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{")]
    // A number would be taken for the role of that number, or for an admin beyond all.
    [InlineData("ROLE 99")]
    [InlineData("ROLE 2")]
    [InlineData("ROLE \"chief\"")]
    public void A_spoilt_key_file_stops_the_start(string text)
    {
        Directory.CreateDirectory(_folder.Data);
        var role = text.Replace("ROLE ", "", StringComparison.Ordinal);
        File.WriteAllText(
            KeyFile.PathIn(_folder.Data),
            role == text ? text : $$"""[{"name":"ci","role":{{role}},"sha256":"{{new string('a', 64)}}"}]""");
        Assert.Contains(
            "cannot be read", Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments())).Message, StringComparison.Ordinal);
    }

    private async Task<string> CreateAsync(string name, string role)
    {
        var (code, log) = await RunAsync("keys", "create", "--role", role, "--name", name);
        Assert.True(code == 0, log);
        return log.Split('\n').Single(line => line.StartsWith("dml_", StringComparison.Ordinal));
    }

    private Task<(int Code, string Log)> RunAsync(params string[] words) =>
        ChildService.RunAsync([.. words, $"--Data:Folder={_folder.Data}"]);

    private static async Task<HttpResponseMessage> CallAsync(TestService service, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
        if (secret is not null)
        {
            request.Headers.Add("X-Api-Key", secret);
        }

        return await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(TestService service, string? secret, string code)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var answer = await CallAsync(service, secret);
            if (!answer.IsSuccessStatusCode)
            {
                Assert.Equal(code, await answer.ProblemCodeAsync());
                return;
            }

            await Task.Delay(50, patience.Token);
        }
    }
}

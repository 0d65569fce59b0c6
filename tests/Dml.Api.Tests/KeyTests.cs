using Dml.Api.Configuration;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;

namespace Dml.Api.Tests;

/// <summary>Who may call what.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    // Written down by hand, beside the service's own table.
    private const string Contract = """
        POST /search search
        POST /search/vector search
        POST /embed search
        GET /items search
        GET /items/{id} search
        GET /items/{id}/image search
        GET /items/{id}/thumbnail search
        GET /items/{id}/similar search
        PUT /items/{id} write
        POST /items write
        PATCH /items/{id} write
        DELETE /items/{id} write
        POST /imports write
        GET /jobs search
        GET /jobs/{id} search
        GET /jobs/{id}/events search
        DELETE /jobs/{id} admin
        GET /models search
        POST /models admin
        DELETE /models/{name} admin
        POST /models/{name}/rollout admin
        GET /generations search
        POST /generations/{number}/activate admin
        GET /backups admin
        POST /backups admin
        GET /backups/{name} admin
        GET /feedback write
        POST /feedback write
        POST /feedback/picture write
        DELETE /feedback/{picture} write
        DELETE /feedback/{query}/{hit} write
        POST /retrain admin
        GET /retrains search
        GET /retrains/{id} search
        GET /retrains/{id}/report search
        GET /labels search
        GET /learning search
        GET /demo search
        POST /demo admin
        GET /map search
        GET /stats search
        GET /healthz/live -
        GET /healthz/ready -
        """;

    private readonly TestFolder _folder = new();
    private readonly TestKeys _keys = new();
    private TestService _service = null!;

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(
        // Whoever may begin the demo begins nothing.
        _folder, [.. _keys.Settings, $"--Demo:Folder={_folder.Models}"]);

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_call_needs_its_role()
    {
        foreach (var line in Contract.Split('\n', StringSplitOptions.TrimEntries))
        {
            var (method, path, needed) = (line.Split(' ')[0], line.Split(' ')[1], line.Split(' ')[2]);
            await ExpectAsync(method, path, null, needed == "-" ? null : "key-missing");
            await ExpectAsync(method, path, KeySecret.Create(), needed == "-" ? null : "key-unknown");
            foreach (var role in Enum.GetValues<Role>())
            {
                var mayCall = needed == "-" || role >= Enum.Parse<Role>(needed, ignoreCase: true);
                await ExpectAsync(method, path, _keys[role], mayCall ? null : "role-too-low");
            }
        }
    }

    [Fact]
    public async Task A_shared_cache_keeps_nothing_that_needs_a_key()
    {
        using var http = new HttpClient { BaseAddress = _service.Http.BaseAddress };
        http.DefaultRequestHeaders.Add(KeyIdentity.Header, _keys[Role.Write]);
        using var put = await http.PutAsync("cached", Pictures.Blocks(1));
        var sha256 = (string)(await http.GetObjectAsync("items/cached"))["sha256"]!;
        foreach (var (path, expected) in new[] { ($"items/cached/image?v={sha256}", "private"), ("items/cached", "no-store") })
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            var caching = answer.Headers.CacheControl!.ToString();
            Assert.Contains(expected, caching, StringComparison.Ordinal);
            Assert.DoesNotContain("public", caching, StringComparison.Ordinal);
            Assert.Contains("X-Api-Key", answer.Headers.Vary);
        }
    }

    [Fact]
    public async Task A_required_key_that_is_not_there_ends_the_start()
    {
        using var folder = new TestFolder();
        var refused = await Assert.ThrowsAsync<SettingsException>(() => TestService.StartAsync(folder, "--Security:RequireKeys=true"));
        Assert.Contains("keys create", refused.Message, StringComparison.Ordinal);
    }

    // One that the contract does not name would be asked for any key alone.
    [Fact]
    public async Task The_contract_names_every_call()
    {
        var document = new ContractDocument(await _service.Http.GetObjectAsync("swagger/v1/swagger.json"));
        var named = Contract.Split('\n', StringSplitOptions.TrimEntries).Select(line => (
            Call: line[..line.LastIndexOf(' ')], NeedsKey: !line.EndsWith(" -", StringComparison.Ordinal)));
        var described = document.Operations.Select(operation => (
            Call: $"{operation.Method} {operation.Path}", NeedsKey: operation.Operation["security"] is not null));
        Assert.Equal(named.Order(), described.Order());
    }

    [Fact]
    public async Task A_key_comes_in_either_header()
    {
        using var bearer = new HttpRequestMessage(HttpMethod.Get, "stats");
        bearer.Headers.TryAddWithoutValidation("Authorization", $"bearer {_keys[Role.Search]}");
        using var answer = await _service.Http.SendAsync(bearer, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);

        foreach (
            var value in new[] { "Bearer", "Bearer ", $"Basic {_keys[Role.Search]}", _keys[Role.Search], $"Bearer {_keys[Role.Search]}x" }
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
            request.Headers.TryAddWithoutValidation("Authorization", value);
            using var refused = await _service.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((value, 401), (value, (int)refused.StatusCode));
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
        }
    }

    [Fact]
    public async Task The_hash_is_not_the_key()
    {
        var hash = Convert.ToHexStringLower(KeySecret.Hash(_keys[Role.Admin]));
        await ExpectAsync("GET", "/stats", hash, "key-unknown");
    }

    [Fact]
    public async Task The_page_and_the_document_need_no_key_and_tell_nothing()
    {
        using var put = new HttpRequestMessage(HttpMethod.Put, "items/secret-id") { Content = Calls.Form(Pictures.Blocks(1)) };
        put.Headers.Add("X-Api-Key", _keys[Role.Write]);
        using var stored = await _service.Http.SendAsync(put, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)stored.StatusCode);

        Assert.DoesNotContain(
            "secret-id", await _service.Http.GetStringAsync("swagger/v1/swagger.json", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Contains(
            "<title>Dml", await _service.Http.GetStringAsync("", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var unknown = await _service.Http.GetAsync("nowhere", TestContext.Current.CancellationToken);
        Assert.Equal("not-found", await unknown.ProblemCodeAsync());
    }

    [Fact]
    public void A_secret_has_256_random_bits()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => KeySecret.Create()).ToList();
        Assert.Equal(100, secrets.Distinct().Count());
        Assert.All(secrets, secret => Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(secret.AsSpan(4)).Length));
        // FIPS 180-2, the hash of "abc".
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(KeySecret.Hash("abc")));
    }

    // Null: whatever the call answers, it is no refusal for its key.
    private async Task ExpectAsync(string method, string path, string? secret, string? code)
    {
        var call = path.Replace("{id}", "x", StringComparison.Ordinal)
            .Replace("{name}", "x", StringComparison.Ordinal)
            .Replace("{number}", "99", StringComparison.Ordinal)
            .Replace("{picture}", "x", StringComparison.Ordinal)
            .Replace("{query}/{hit}", "x/y", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(method), call);
        if (secret is not null)
        {
            request.Headers.Add("X-Api-Key", secret);
        }

        using var answer = await _service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var got = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? await answer.ProblemCodeAsync() : null;
        if (code is not null)
        {
            Assert.Equal((method, path, code), (method, path, got));
        }
        else
        {
            Assert.DoesNotContain(got, new[] { "key-missing", "key-unknown", "role-too-low" });
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dml.Api.Configuration;
using Dml.Api.Generations;
using Dml.Api.Imports;
using Dml.Api.Retrains;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dml.Api.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The first column of the table below "Every setting".
    private static string[] DocumentedKeys()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        var section = text[text.IndexOf("\n## Every setting", StringComparison.Ordinal)..];
        var table = section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)].Split('\n');
        var cells = table.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')[1]);
        return
        [
            .. cells
                .SelectMany(cell => cell.Split('`').Where((_, at) => at % 2 == 1))
                .Select(key => key.Replace(":…", "", StringComparison.Ordinal)),
        ];
    }

    private SettingsTable Table()
    {
        using var app = (IDisposable)Program.Configure(_folder.Arguments());
        return ((WebApplication)app).Services.GetRequiredService<SettingsTable>();
    }

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
    [InlineData("--Security:Keys:0:Role=2", "Security:Keys:0:Role is \"2\"; expected search, write or admin.")]
    [InlineData("--Security:Keys:0:Role=search,write", "Security:Keys:0:Role is \"search,write\"; expected search, write or admin.")]
    [InlineData("--Gate:Margin=0,1", "Gate:Margin is \"0,1\"; expected a number from 0 to 1")]
    [InlineData("--Gate:HeldOut=0,1", "Gate:HeldOut is \"0,1\"; expected a number from")]
    [InlineData("--Limits:MaxPixels=1,000", "Limits:MaxPixels is \"1,000\"; expected a whole number")]
    [InlineData("--Generations:Keep=0", "Generations:Keep")]
    [InlineData("--Demo:Import=perhaps", "expected true or false")]
    public void A_wrong_setting_is_refused_with_its_name(string argument, string message)
    {
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(argument)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Limits:MaxPixel=1", "Limits:MaxPixel is not a setting; did you mean Limits:MaxPixels?")]
    [InlineData("--Limit:MaxPixels=1", "Limit:MaxPixels is not a setting; did you mean Limits:MaxPixels?")]
    [InlineData("--Embedder:MaxPixels=1", "Embedder:MaxPixels is not a setting; did you mean Limits:MaxPixels?")]
    [InlineData("--Security:Keys:3:Rolle=write", "Security:Keys:3:Rolle is not a setting; did you mean Security:Keys:3:Role?")]
    [InlineData("--Imports:Root:0=/", "Imports:Root:0 is not a setting; did you mean Imports:Roots:0?")]
    [InlineData("--Demo=true", "Demo is not a setting.")]
    // The pages are the program's own.
    [InlineData("--webroot=/", "webroot is not a setting")]
    [InlineData("--Zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz=1", "Zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz is not a setting.")]
    public void An_unknown_setting_is_refused_with_the_nearest_known_one(string argument, string message)
    {
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(argument)));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--limits:maxpixels=1")]
    [InlineData("--Imports:Roots:0=/")]
    [InlineData("--Logging:LogLevel:Anything=Warning")]
    [InlineData("--Kestrel:Limits:MaxConcurrentConnections=100")]
    [InlineData("--AllowedHosts=localhost")]
    [InlineData("--shutdownTimeoutSeconds=5")]
    [InlineData("--OTEL_SERVICE_NAME=pictures")]
    public async Task A_known_setting_is_taken(string argument)
    {
        await using var app = Program.Build(_folder.Arguments(argument));
        Assert.NotNull(app);
    }

    [Fact]
    public async Task A_port_that_is_in_use_ends_the_start_with_one_sentence()
    {
        using var folder = new TestFolder();
        await using var service = await TestService.StartAsync(folder);
        using var other = new TestFolder();
        var address = service.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        var (code, log) = await ChildService.RunAsync([.. other.Arguments().Skip(1), $"--Urls={address}"]);
        Assert.Equal(1, code);
        var sentence = $"Port {service.Http.BaseAddress.Port} is in use ({address}). Is another Dml running?";
        Assert.Contains(sentence, log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://192.0.2.1:5080", "http://192.0.2.1:5080 is no address of this machine.")]
    [InlineData("https://127.0.0.1:0", "https://127.0.0.1:0 needs a certificate. Name one by Kestrel:Certificates:Default:Path")]
    [InlineData("https://127.0.0.1:0", "Kestrel:Certificates:Default: the certificate ", "missing.pem")]
    [InlineData("https://127.0.0.1:0", "Kestrel:Certificates:Default: the certificate ", "damaged.pem")]
    public async Task An_address_that_cannot_be_listened_on_ends_the_start_with_one_sentence(
        string url, string sentence, string? certificate = null)
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadOnly);
        Assert.SkipWhen(store.Certificates.Count > 0, "A development certificate of ASP.NET Core may be installed here.");
        var keys = new TestKeys();
        string[] more = [];
        if (certificate is not null)
        {
            Directory.CreateDirectory(_folder.Data);
            await File.WriteAllTextAsync(
                Path.Combine(_folder.Data, "damaged.pem"), "no certificate", TestContext.Current.CancellationToken);
            var path = Path.Combine(_folder.Data, certificate);
            more = [$"--Kestrel:Certificates:Default:Path={path}", $"--Kestrel:Certificates:Default:KeyPath={path}"];
        }

        var (code, log) = await ChildService.RunAsync([.. _folder.Arguments(keys.Settings).Skip(1), $"--Urls={url}", .. more]);
        Assert.Equal(1, code);
        Assert.Contains(sentence, log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_it_answers_by_https()
    {
        var cancel = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(_folder.Data);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (pem, keyPem) = (Path.Combine(_folder.Data, "tls.pem"), Path.Combine(_folder.Data, "tls.key"));
        await File.WriteAllTextAsync(pem, made.ExportCertificatePem(), cancel);
        await File.WriteAllTextAsync(keyPem, key.ExportPkcs8PrivateKeyPem(), cancel);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, sent, _, _) => made.Equals(sent) };
        await using var service = await ChildService.StartAsync(
            [
                .. _folder.Arguments().Skip(1), "--Urls=https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={pem}",
                $"--Kestrel:Certificates:Default:KeyPath={keyPem}",
            ],
            cancel, handler);
        Assert.Equal("https", service.Http.BaseAddress!.Scheme);
    }

    [Fact]
    public void A_relative_path_starts_where_its_source_is()
    {
        var current = Directory.GetCurrentDirectory();
        var root = Path.Combine(_folder.Data, "root");
        var file = new Dictionary<string, string?>
        {
            ["Data:Folder"] = "of-file",
            ["Imports:Roots:0"] = "one",
            ["Imports:Roots:1"] = "/two",
        };
        var inFile = new ConfigurationBuilder().AddInMemoryCollection(file).Build();
        Assert.Equal(Path.Combine(root, "of-file"), Bound<DataOptions>(inFile).Folder);
        Assert.Equal([Path.Combine(root, "one"), "/two"], Bound<ImportOptions>(inFile).Roots);
        Assert.Equal(Path.Combine(root, "models"), Bound<ModelOptions>(inFile).Folder);

        var above = new ConfigurationBuilder().AddInMemoryCollection(file)
            .AddCommandLine(["--Data:Folder=my-data", "--Imports:Roots:0=pictures", "--Retrain:Recipe=recipe.json"]).Build();
        Assert.Equal(Path.Combine(current, "my-data"), Bound<DataOptions>(above).Folder);
        Assert.Equal([Path.Combine(current, "pictures"), "/two"], Bound<ImportOptions>(above).Roots);
        Assert.Equal(Path.Combine(current, "recipe.json"), Bound<RetrainOptions>(above).Recipe);

        T Bound<T>(IConfiguration configuration)
            where T : new()
        {
            var options = new T();
            SettingsBinder.Bind(options, configuration, root);
            return options;
        }
    }

    [Fact]
    public async Task The_content_root_is_where_it_is_said_to_be()
    {
        Directory.CreateDirectory(_folder.Data);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Data, "appsettings.json"), """{ "Models": { "Folder": "embedders" } }""",
            TestContext.Current.CancellationToken);
        var root = Path.GetRelativePath(Directory.GetCurrentDirectory(), _folder.Data);
        string[] arguments = [.. _folder.Arguments().Where(argument => !argument.Contains("Folder", StringComparison.Ordinal))];
        await using var app = Program.Configure([.. arguments, $"--contentRoot={root}"]);
        var models = app.Services.GetRequiredService<IOptions<ModelOptions>>().Value;
        var data = app.Services.GetRequiredService<IOptions<DataOptions>>().Value;
        Assert.Equal(Path.Combine(Path.GetFullPath(_folder.Data), "embedders"), models.Folder);
        Assert.Equal(Path.Combine(Path.GetFullPath(_folder.Data), "data"), data.Folder);

        var refused = Assert.Throws<SettingsException>(() => Program.Configure(["--contentRoot=/nowhere/at/all"]));
        Assert.Equal("contentRoot is \"/nowhere/at/all\", and there is no such folder.", refused.Message);
    }

    [Fact]
    public void Files_are_checked_for_every_key_and_the_environment_for_keys_of_the_own_sections()
    {
        var table = Table();
        const string Prefix = "DML_SETTINGS_TESTS_";
        Environment.SetEnvironmentVariable($"{Prefix}PATH", "/bin");
        Environment.SetEnvironmentVariable($"{Prefix}DEMO", "1");
        Environment.SetEnvironmentVariable($"{Prefix}Elsewhere__Key", "1");
        table.RefuseUnknown(new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build());
        Environment.SetEnvironmentVariable($"{Prefix}Limits__MaxPixel", "1");
        var variables = new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build();
        var variable = Assert.Throws<SettingsException>(() => table.RefuseUnknown(variables));
        Assert.Equal("Limits:MaxPixel is not a setting; did you mean Limits:MaxPixels?", variable.Message);

        Directory.CreateDirectory(_folder.Data);
        var file = Path.Combine(_folder.Data, "appsettings.json");
        File.WriteAllText(file, """{ "Elsewhere": { "Key": 1 } }""");
        var key = Assert.Throws<SettingsException>(() => table.RefuseUnknown(new ConfigurationBuilder().AddJsonFile(file).Build()));
        Assert.StartsWith("Elsewhere:Key is not a setting", key.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("appsettings.Development.json")]
    public void The_repositorys_own_files_hold_known_keys_only(string name)
    {
        var file = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, name)).Build();
        Assert.NotEmpty(file.AsEnumerable());
        Table().RefuseUnknown(file);
    }

    [Fact]
    public void The_documentation_lists_every_setting_and_no_other()
    {
        var table = Table();
        var documented = DocumentedKeys();
        Assert.NotEmpty(documented);
        Assert.All(documented, key => Assert.True(table.Keys.Any(known => known == key || IsEntryOf(known, key)) || table.Knows(key), key));
        Assert.All(table.Keys, key => Assert.Contains(documented, known => key == known || IsEntryOf(key, known)));

        static bool IsEntryOf(string key, string list) => key.StartsWith($"{list}:*", StringComparison.Ordinal);
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

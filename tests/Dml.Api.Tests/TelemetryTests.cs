using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Configuration;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Dml.Api.Tests;

public sealed class TelemetryTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--Telemetry:Endpoint=ADDRESS --Telemetry:Protocol=http --Telemetry:Seconds=1")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=ADDRESS --OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")]
    public async Task Metrics_and_traces_reach_a_collector(string settings)
    {
        await using var collector = await Collector.StartAsync();
        string id;
        await using (var service = await TestService.StartAsync(
            _folder, settings.Replace("ADDRESS", collector.Address, StringComparison.Ordinal).Split(' ')))
        {
            using var put = await service.Http.PutAsync("a", Pictures.Blocks(1));
            Assert.Equal(201, (int)put.StatusCode);
            using var body = new ByteArrayContent(Pictures.Blocks(1));
            using var search = await service.Http.PostAsync("search", body, TestContext.Current.CancellationToken);
            id = search.Headers.GetValues("X-Request-Id").Single();
        }
        // A service that ends sends what it still has.
        foreach (var name in new[]
        {
            "dml.decode.duration", "dml.embed.duration", "dml.search.duration", "dml.queue.length", "dml.index.vectors", "dml.index.memory",
            "dml.generation", "http.server.request.duration",
        })
        {
            Assert.True(collector.Holds("/v1/metrics", Encoding.UTF8.GetBytes(name)), name);
        }

        foreach (var text in new[] { "POST /search", "embed", "search", "commit", "http.route", "service.name" })
        {
            Assert.True(collector.Holds("/v1/traces", Encoding.UTF8.GetBytes(text)), text);
        }

        Assert.True(collector.Holds("/v1/traces", Convert.FromHexString(id)), $"the trace {id} of the search");
    }

    [Fact]
    public async Task The_settings_of_the_exporter_are_used()
    {
        await using var collector = await Collector.StartAsync();
        await using var service = await TestService.StartAsync(
            _folder, $"--Telemetry:Endpoint={collector.Address}", "--Telemetry:Protocol=http", "--Telemetry:Headers=x-token=secret",
            "--Telemetry:Seconds=1", "--Telemetry:TraceShare=0");
        // Sent while the service runs: the interval is in force.
        await Eventually.SeeAsync(
            async () =>
            {
                using var answer = await service.Http.GetAsync("stats", TestContext.Current.CancellationToken);
                return collector.Exports.Count;
            },
            exports => exports > 0, "an export", TestContext.Current.CancellationToken);

        Assert.All(collector.Exports, export => Assert.Equal(("/v1/metrics", "secret"), (export.Path, export.Token)));
    }

    [Fact]
    public async Task Without_a_collector_nothing_of_OpenTelemetry_runs()
    {
        await using var service = await TestService.StartAsync(_folder, "--Telemetry:Seconds=1");
        Assert.Null(service.Services.GetService<MeterProvider>());
        Assert.Null(service.Services.GetService<TracerProvider>());
        var hosted = service.Services.GetServices<IHostedService>().Select(service => service.GetType().FullName!);
        Assert.DoesNotContain(hosted, name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_id_goes_through_header_problem_and_log()
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var service = await ChildService.StartAsync(
            _folder.Arguments("--Logging:Console:FormatterName=json", "--Logging:LogLevel:Dml.Api.Http.RequestLog=Information"),
            TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, "items/nothing");
        request.Headers.Add("traceparent", Parent);
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var id = answer.Headers.GetValues("X-Request-Id").Single();

        Assert.Equal(Parent.Split('-')[1], id);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(id, (string)problem["traceId"]!);
        var line = (await Eventually.SeeAsync(
            () => Task.FromResult(service.Lines
                .Select(text => JsonNode.Parse(text)!["State"])
                .FirstOrDefault(state => (string?)state?["RequestId"] == id)),
            seen => seen is not null, "the line of the request", TestContext.Current.CancellationToken))!;

        Assert.Equal(("GET", "/items/nothing", "404"), ((string)line["Method"]!, (string)line["Path"]!, line["Status"]!.ToString()));
    }

    [Fact]
    public async Task Two_requests_have_two_ids()
    {
        await using var service = await TestService.StartAsync(_folder);
        var ids = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            using var answer = await service.Http.GetAsync(i % 2 == 0 ? "stats" : "nowhere", TestContext.Current.CancellationToken);
            Assert.Matches("^[0-9a-f]{32}$", answer.Headers.GetValues("X-Request-Id").Single());
            ids.Add(answer.Headers.GetValues("X-Request-Id").Single());
        }

        Assert.Equal(20, ids.Count);
    }

    [Theory]
    [InlineData("--Telemetry:Endpoint=collector", "expected an address such as")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=collector", "OTEL_EXPORTER_OTLP_ENDPOINT is \"collector\"; expected an address such as")]
    [InlineData("--Telemetry:Protocol=smoke", "expected one of: grpc, http")]
    [InlineData("--Telemetry:TraceShare=2", "Telemetry:TraceShare")]
    public void A_wrong_setting_is_refused_with_its_name(string argument, string message)
    {
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(argument)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}

using System.CommandLine;
using Dml.Api.Http;

namespace Dml.Api.Commands;

/// <summary><c>health</c>: asks the service on this machine whether it is ready, for containers that have no curl.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly string[] AnyAddress = ["*", "+", "0.0.0.0", "[::]"];

    public static Command Create(Func<WebApplication> open)
    {
        var url = new Option<string>("--url") { Description = "URL of the service; by default the first one of the setting Urls." };
        var command = new Command("health", "Ask a running service whether it is ready.") { url };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var service = open();
            var first = ListenAddresses.Of(service.Configuration).Split(';', StringSplitOptions.TrimEntries)[0];
            return await RunAsync(parsed.GetValue(url) is { Length: > 0 } given ? given : first, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(string url, CancellationToken cancel)
    {
        var address = BindingAddress.Parse(url);
        var host = AnyAddress.Contains(address.Host) ? "127.0.0.1" : address.Host;
        using var http = new HttpClient { Timeout = Timeout };
        try
        {
            var probe = new Uri($"{address.Scheme}://{host}:{address.Port}{address.PathBase}/healthz/ready");
            using var answer = await http.GetAsync(probe, cancel);
            await Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync(cancel));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{url} does not answer: {exception.Message}");
            return 1;
        }
    }
}

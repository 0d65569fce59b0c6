namespace Dml.Api.Commands;

/// <summary>Asks the service of this machine whether it is ready: what a container without curl checks itself with.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] AnyAddress = ["*", "+", "0.0.0.0", "[::]"];

    public static async Task<int> RunAsync(CommandCall call)
    {
        var url = call.Find("url") ?? call.Settings.Urls.Split(';', StringSplitOptions.TrimEntries)[0];
        var address = BindingAddress.Parse(url);
        var host = AnyAddress.Contains(address.Host) ? "127.0.0.1" : address.Host;
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri($"{address.Scheme}://{host}:{address.Port}{address.PathBase}/healthz/ready"));
            await Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{url} does not answer: {exception.Message}");
            return 1;
        }
    }
}

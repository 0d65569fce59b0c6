namespace Dml.Api.Tests.Support;

/// <summary>A service with sixty items that no test changes, shared by the tests of a class.</summary>
public sealed class FilledService : IAsyncLifetime
{
    private const int Items = 60;
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    public HttpClient Http => _service.Http;

    /// <summary>Each item's vector, as POST /embed gives it.</summary>
    public Dictionary<string, float[]> Vectors { get; } = [];

    public async ValueTask InitializeAsync()
    {
        _service = await TestService.StartAsync(_folder);
        for (var i = 0; i < Items; i++)
        {
            var attributes = $$"""{"number":{{i}},"even":{{(i % 2 == 0 ? "true" : "false")}},"name":"item {{i}}"}""";
            using var answer = await Http.PutAsync($"item-{i:d2}", Pictures.Blocks(i), $"label {i % 3}", attributes);
            Assert.Equal(201, (int)answer.StatusCode);
            Vectors[$"item-{i:d2}"] = await Http.EmbedAsync(Pictures.Blocks(i));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }
}

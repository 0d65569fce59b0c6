namespace Dml.Api.Tests.Support;

/// <summary>A temporary folder with a data folder and the tiny embedder, deleted at the end.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dml-api-").FullName;

    public TestFolder() => TinyEmbedder.Write(Path.Combine(Models, "tiny"), "tiny");

    /// <summary>Another tiny embedder in the models folder.</summary>
    public void AddModel(string name, int seed, int dimension = TinyEmbedder.Dimension, float mean = 0.5f, float std = 0.5f) =>
        TinyEmbedder.Write(Path.Combine(Models, name), name, seed, dimension, mean, std);

    public string Data => Path.Combine(_root, "data");

    public string Models => Path.Combine(_root, "models");

    public string[] Arguments(params ReadOnlySpan<string> more) =>
    [
        "--Urls=http://127.0.0.1:0",
        $"--Data:Folder={Data}",
        $"--Models:Folder={Models}",
        "--Models:Active=tiny",
        "--Demo:Import=false",
        // No retrain begins by itself, whatever the time is.
        "--Retrain:Cron=",
        "--Logging:LogLevel:Default=Warning",
        "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Warning",
        .. more,
    ];

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

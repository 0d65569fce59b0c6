namespace Dml.Embedding.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("dml-embedding-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

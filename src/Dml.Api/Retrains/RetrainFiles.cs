using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Api.Configuration;
using Dml.Api.Generations;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// The folder <c>data/retrains</c>: for each retrain its state and report, and until it ends <c>work/</c> with the snapshot and the
/// training process's results.
/// </summary>
internal sealed class RetrainFiles
{
    private const string StateName = "state.json";
    private const int Kept = 60;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        IgnoreReadOnlyProperties = true,
    };

    private readonly string _folder;
    private readonly ILogger<RetrainFiles> _log;

    public RetrainFiles(IOptions<DataOptions> data, ILogger<RetrainFiles> log)
    {
        _log = log;
        _folder = Path.Combine(data.Value.Folder, "retrains");
        Directory.CreateDirectory(_folder);
    }

    /// <summary>All known retrains, newest first.</summary>
    public IReadOnlyList<RetrainState> All =>
        [.. Directory.EnumerateDirectories(_folder).Select(Read).OfType<RetrainState>().OrderByDescending(state => state.Id, StringComparer.Ordinal)];

    public string ReportPath(string id) => Path.Combine(_folder, id, "report.html");

    public string SnapshotFolder(string id) => Path.Combine(WorkFolder(id), "snapshot");

    public string ResultsFolder(string id) => Path.Combine(WorkFolder(id), "out");

    public RetrainState? Find(string id) =>
        id.All(c => char.IsAsciiDigit(c) || c == '-') && id.Length > 0 ? Read(Path.Combine(_folder, id)) : null;

    /// <summary>On the disk when it returns.</summary>
    public void Save(RetrainState state)
    {
        Directory.CreateDirectory(Path.Combine(_folder, state.Id));
        AtomicFile.Write(Path.Combine(_folder, state.Id, StateName), JsonSerializer.SerializeToUtf8Bytes(state, Json));
    }

    /// <summary>Deletes all of a retrain but its state and report, and the oldest of the retrains that have ended.</summary>
    public void Tidy(string id)
    {
        EmbedderFolder.Delete(WorkFolder(id));
        // What a kill in the middle of a write left.
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_folder, id), "*.tmp"))
        {
            File.Delete(path);
        }

        foreach (var old in All.Where(state => state.Step == RetrainStep.Ended).Skip(Kept))
        {
            EmbedderFolder.Delete(Path.Combine(_folder, old.Id));
        }
    }

    private string WorkFolder(string id) => Path.Combine(_folder, id, "work");

    private RetrainState? Read(string folder)
    {
        var path = Path.Combine(folder, StateName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RetrainState>(File.ReadAllBytes(path), Json) : null;
        }
        catch (JsonException exception)
        {
            _log.LogWarning("The retrain {Path} cannot be read: {Problem}", path, exception.Message);
            return null;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Api.Configuration;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// The folder <c>data/retrains</c>: the state and the report of each retrain, and until it ends <c>work/</c> with the snapshot
/// and the results of the training process.
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
        [
            .. Directory
                .EnumerateDirectories(_folder)
                .Select(Read)
                .OfType<RetrainState>()
                .OrderByDescending(state => state.Id, StringComparer.Ordinal),
        ];

    public string ReportPath(string id) => Path.Combine(_folder, id, "report.html");

    public string SnapshotFolder(string id) => Path.Combine(WorkFolder(id), "snapshot");

    public string ResultsFolder(string id) => Path.Combine(WorkFolder(id), "out");

    public RetrainState? Find(string id) =>
        id.All(c => char.IsAsciiDigit(c) || c == '-') && id.Length > 0 ? Read(Path.Combine(_folder, id)) : null;

    /// <summary>Saves a state durably.</summary>
    public void Save(RetrainState state)
    {
        Directory.CreateDirectory(Path.Combine(_folder, state.Id));
        AtomicFile.Write(Path.Combine(_folder, state.Id, StateName), JsonSerializer.SerializeToUtf8Bytes(state, Json));
    }

    /// <summary>Deletes everything of a retrain except its state and report; also deletes the oldest finished retrains.</summary>
    public void CleanUp(string id)
    {
        EmbedderFolder.Delete(WorkFolder(id));
        // Left by a process that was killed during a write.
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
            return File.Exists(path) ? JsonSerializer.Deserialize<RetrainState>(SmallFile.ReadBytes(path), Json) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("The state of a retrain, {Path}, cannot be read: {Problem}", path, exception.Message);
            return null;
        }
    }
}

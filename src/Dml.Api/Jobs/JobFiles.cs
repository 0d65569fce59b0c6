using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Api.Audit;
using Dml.Contracts;
using Dml.Files;

namespace Dml.Api.Jobs;

/// <summary>Stores jobs as files <c>jobs/&lt;id&gt;.json</c>, so that their history outlives the process.</summary>
internal sealed class JobFiles
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly string _folder;
    private readonly ILogger _log;

    public JobFiles(string folder, ILogger log)
    {
        _folder = folder;
        _log = log;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Saves a job, and who asked for it.</summary>
    public void Save(Job job, AuditActor? by)
    {
        try
        {
            var state = JsonSerializer.SerializeToNode(job, Json)!.AsObject();
            state["by"] = JsonSerializer.SerializeToNode(by, Json);
            AtomicFile.Write(PathOf(job.Id), JsonSerializer.SerializeToUtf8Bytes(state, Json));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The job itself matters more than its history.
            _log.LogError("The state of job {Id} could not be saved: {Problem}", job.Id, exception.Message);
        }
    }

    public void Delete(string id)
    {
        try
        {
            File.Delete(PathOf(id));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is in the history again after the next start.
            _log.LogError("The file of job {Id} could not be deleted: {Problem}", id, exception.Message);
        }
    }

    /// <summary>The jobs of earlier processes and who asked for them, oldest first.</summary>
    public List<(Job Job, AuditActor? By)> Load()
    {
        var jobs = new List<(Job Job, AuditActor? By)>();
        foreach (var path in Directory.EnumerateFiles(_folder, "*.json"))
        {
            try
            {
                var bytes = SmallFile.ReadBytes(path);
                var job = JsonSerializer.Deserialize<Job>(bytes, Json) ?? throw new JsonException("it holds null");
                // Files are deleted by name, so the name decides.
                jobs.Add((
                    job with { Id = Path.GetFileNameWithoutExtension(path) }, JsonSerializer.Deserialize<Asked>(bytes, Json)?.By));
            }
            catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
            {
                _log.LogWarning("The job file {Path} cannot be read: {Problem}", path, exception.Message);
            }
        }

        jobs.Sort((a, b) => string.CompareOrdinal(a.Job.Id, b.Job.Id));
        return jobs;
    }

    private string PathOf(string id) => Path.Combine(_folder, $"{id}.json");

    private sealed record Asked(AuditActor? By);
}

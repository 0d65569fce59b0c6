using System.Text.Json.Nodes;

namespace Dml.Api.Tests.Support;

/// <summary>Reads the audit log of a data folder, while the service writes it.</summary>
internal static class AuditLines
{
    /// <summary>The lines of all files, oldest first.</summary>
    public static IReadOnlyList<JsonObject> Read(string dataFolder)
    {
        var lines = new List<JsonObject>();
        foreach (var path in Directory.EnumerateFiles(dataFolder, "audit*.jsonl").OrderByDescending(AgeOf))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            while (reader.ReadLine() is { } line)
            {
                lines.Add(JsonNode.Parse(line)!.AsObject());
            }
        }

        return lines;
    }

    /// <summary>Waits until there is such a line, and gives the newest one.</summary>
    public static async Task<JsonObject> FindAsync(string dataFolder, Func<JsonObject, bool> isMeant)
    {
        var patience = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(20))
        {
            if (Read(dataFolder).LastOrDefault(isMeant) is { } found)
            {
                return found;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"No such line. There are:\n{string.Join('\n', Read(dataFolder).Select(line => line.ToJsonString()))}");
    }

    private static int AgeOf(string path) => int.TryParse(Path.GetFileName(path).Split('.')[1], out var age) ? age : 0;
}

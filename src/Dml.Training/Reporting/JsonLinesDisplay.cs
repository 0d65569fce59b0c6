using System.Text.Json.Nodes;

namespace Dml.Training.Reporting;

/// <summary>Progress for a program: one JSON object a line, <c>{"stage","done","total","text"}</c> a few times a second, or <c>{"say"}</c>.</summary>
internal sealed class JsonLinesDisplay(TextWriter output, TimeProvider clock) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private string stage = "";
    private long total;
    private long last;

    public void Begin(string stage, long total)
    {
        lock (gate)
        {
            (this.stage, this.total, last) = (stage, total, clock.GetTimestamp());
            Write(new() { ["stage"] = stage, ["done"] = 0, ["total"] = total, ["text"] = "" });
        }
    }

    public void Advance(long done, string text)
    {
        lock (gate)
        {
            if (done < total && clock.GetElapsedTime(last) < Pause)
            {
                return;
            }
            last = clock.GetTimestamp();
            Write(new() { ["stage"] = stage, ["done"] = done, ["total"] = total, ["text"] = text });
        }
    }

    public void Say(string line)
    {
        lock (gate)
        {
            Write(new() { ["say"] = line });
        }
    }

    private void Write(JsonObject line)
    {
        output.WriteLine(line.ToJsonString(JsonText.OneLine));
        output.Flush();
    }
}

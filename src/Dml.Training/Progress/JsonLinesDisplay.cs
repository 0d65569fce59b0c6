using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Progress;

/// <summary>
/// Progress for a program: one JSON object a line, <c>{"stage","done","total","text"}</c> a few times a second, or <c>{"say"}</c>.
/// </summary>
internal sealed class JsonLinesDisplay(TextWriter output, TimeProvider clock) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private string _stage = "";
    private long _total;
    private long _last;

    public void Begin(string stage, long total)
    {
        lock (_gate)
        {
            (_stage, _total, _last) = (stage, total, clock.GetTimestamp());
            Write(new() { ["stage"] = stage, ["done"] = 0, ["total"] = total, ["text"] = "" });
        }
    }

    public void Advance(long done, string text)
    {
        lock (_gate)
        {
            if (done < _total && clock.GetElapsedTime(_last) < Pause)
            {
                return;
            }

            _last = clock.GetTimestamp();
            Write(new() { ["stage"] = _stage, ["done"] = done, ["total"] = _total, ["text"] = text });
        }
    }

    public void Say(string line)
    {
        lock (_gate)
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

using System.Globalization;

namespace Dml.Training.Reporting;

/// <summary>Lines for logs and pipes: one when a stage begins, one when it ends and one every ten seconds between.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider clock) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private string stage = "";
    private long total;
    private long first = -1;
    private long began;
    private long last;

    public void Begin(string stage, long total)
    {
        lock (gate)
        {
            (this.stage, this.total, first) = (stage, total, -1);
            began = last = clock.GetTimestamp();
        }
    }

    public void Advance(long done, string text)
    {
        lock (gate)
        {
            if (first < 0)
            {
                (first, began) = (done, clock.GetTimestamp());
            }
            if (done < total && clock.GetElapsedTime(last) < Pause)
            {
                return;
            }
            last = clock.GetTimestamp();
            var left = done > first ? clock.GetElapsedTime(began) * ((double)(total - done) / (done - first)) : (TimeSpan?)null;
            var eta = left is { } time && done < total ? string.Create(CultureInfo.InvariantCulture, $", {time:hh\\:mm\\:ss} left") : "";
            output.WriteLine($"{stage} {done}/{total}{(text.Length > 0 ? ", " + text : "")}{eta}");
            output.Flush();
        }
    }

    public void Say(string line)
    {
        lock (gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}

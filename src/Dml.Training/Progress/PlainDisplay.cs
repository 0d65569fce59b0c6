using System.Globalization;

namespace Dml.Training.Progress;

/// <summary>Lines for logs and pipes: one when a stage begins, one when it ends and one every ten seconds between.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider clock) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private string _stage = "";
    private long _total;
    private long _first = -1;
    private long _began;
    private long _last;

    public void Begin(string stage, long total)
    {
        lock (_gate)
        {
            (_stage, _total, _first) = (stage, total, -1);
            _began = _last = clock.GetTimestamp();
        }
    }

    public void Advance(long done, string text)
    {
        lock (_gate)
        {
            if (_first < 0)
            {
                (_first, _began) = (done, clock.GetTimestamp());
            }

            if (done < _total && clock.GetElapsedTime(_last) < Pause)
            {
                return;
            }

            _last = clock.GetTimestamp();
            var left = done > _first ? clock.GetElapsedTime(_began) * ((double)(_total - done) / (done - _first)) : (TimeSpan?)null;
            var eta = left is { } time && done < _total ? string.Create(CultureInfo.InvariantCulture, $", {time:hh\\:mm\\:ss} left") : "";
            output.WriteLine($"{_stage} {done}/{_total}{(text.Length > 0 ? ", " + text : "")}{eta}");
            output.Flush();
        }
    }

    public void Say(string line)
    {
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}

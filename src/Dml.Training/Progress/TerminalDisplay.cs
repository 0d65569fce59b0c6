using Spectre.Console;

namespace Dml.Training.Progress;

/// <summary>A bar for every stage, with the time that is left.</summary>
internal sealed class TerminalDisplay(ProgressContext context) : IDisplay
{
    private ProgressTask? _task;
    private string _stage = "";

    public void Begin(string stage, long total)
    {
        _task?.StopTask();
        _stage = stage;
        _task = context.AddTask(Markup.Escape(stage), maxValue: Math.Max(1, total));
    }

    public void Advance(long done, string text)
    {
        if (_task is { } bar)
        {
            bar.Description = Markup.Escape(text.Length == 0 ? _stage : $"{_stage} · {text}");
            bar.Value = done;
        }
    }

    public void Say(string line) => AnsiConsole.WriteLine(line);
}

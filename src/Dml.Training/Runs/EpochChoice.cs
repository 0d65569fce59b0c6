using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Training.Evaluation;
using Dml.Training.Reporting;
using Dml.Training.Trainer;

namespace Dml.Training.Runs;

/// <summary>
/// Which epoch's weights a run keeps, and when it has trained enough. All that it knows is in the run's metrics, so a resumed run decides
/// as the whole one does. Epochs count from 1.
/// </summary>
internal sealed class EpochChoice
{
    private readonly TrainingOptions _options;
    private double _bestFigure = double.NegativeInfinity;
    private readonly List<double> _figures = [];
    private int _withoutBetter;

    private EpochChoice(TrainingOptions options) => _options = options;

    /// <summary>The last validated epoch; 0 before the first.</summary>
    public int Last { get; private set; }

    /// <summary>The epoch with the highest figure, the first of equal ones; null without a validation share.</summary>
    public int? Best { get; private set; }

    /// <summary>The epoch whose weights are kept.</summary>
    public int Kept => _options.Keep == KeptEpoch.Best ? Best ?? 0 : Last;

    /// <summary>The figures of the validation share so far, oldest first.</summary>
    public IReadOnlyList<double> Figures => _figures;

    /// <summary>Whether the run's patience has come to an end.</summary>
    public bool HasEnough => _options.Patience > 0 && _withoutBetter >= _options.Patience;

    /// <summary>What the metrics of a run say.</summary>
    public static EpochChoice Of(TrainingOptions options, IEnumerable<JsonObject> metrics)
    {
        var choice = new EpochChoice(options);
        foreach (var line in metrics.Where(m => (string?)m["kind"] == MetricsLine.Evaluation))
        {
            choice.Add((int)line["epoch"]!, line[MetricsLine.Validation]?.AsObject());
        }

        return choice;
    }

    /// <summary>Takes the next validated epoch into account.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="validation">The figures of the validation share as metrics have them; null without a share.</param>
    /// <returns>Whether its weights are the ones to keep.</returns>
    public bool Add(int epoch, JsonObject? validation)
    {
        Last = epoch;
        if (validation is not null)
        {
            var figure = (double)validation[FigureCatalogue.ChoosesEpoch]!;
            _figures.Add(figure);
            (Best, _bestFigure, _withoutBetter) = figure > _bestFigure ? (epoch, figure, 0) : (Best, _bestFigure, _withoutBetter + 1);
        }

        return Kept == epoch;
    }

    /// <summary>For <c>model.json</c>: epochs trained, the one whose weights these are, and the best with its figure.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["epochs"] = Last, ["epoch"] = Kept };
        if (Best is { } best)
        {
            json["bestEpoch"] = best;
            json[MetricsLine.Validation] = new JsonObject { [FigureCatalogue.ChoosesEpoch] = _bestFigure };
        }

        return json;
    }

    /// <summary>In a sentence.</summary>
    public override string ToString()
    {
        var best = string.Create(
            CultureInfo.InvariantCulture, $"{FigureCatalogue.ChoosesEpoch} {_bestFigure:F4} on the validation share");
        return Best is null ? $"The weights are those of epoch {Kept}, the last."
            : Best != Kept ? $"The weights are those of epoch {Kept}, the last; the best was epoch {Best} ({best})."
            : $"The weights are those of epoch {Kept} of {Last}, the best ({best}).";
    }
}

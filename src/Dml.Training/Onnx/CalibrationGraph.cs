using Dml.Onnx;

namespace Dml.Training.Onnx;

/// <summary>The plain network with the least and greatest of its values between convolutions as further outputs.</summary>
internal sealed class CalibrationGraph : ActivationGraph
{
    private readonly List<int> _groups = [];

    /// <summary>The further outputs: least and greatest of each measured value, by the value's number.</summary>
    internal List<(int Number, string Least, string Greatest)> Measured { get; } = [];

    /// <summary>Joins measured ranges as values are laid end to end.</summary>
    /// <param name="ranges">By value, as measured; returned by value, as an 8-bit network needs them.</param>
    internal ActivationRange[] Joined(IReadOnlyList<ActivationRange> ranges) =>
        [.. _groups.Select(group => ranges.Where((_, number) => _groups[number] == group).Aggregate((one, other) => one.Or(other)))];

    private protected override string Activation(string value, int number)
    {
        if (number == _groups.Count)
        {
            _groups.Add(number);
            var (least, greatest) = ($"least_{number}", $"greatest_{number}");
            Output(least, Add("ReduceMin", [value], Int("keepdims", 0)));
            Output(greatest, Add("ReduceMax", [value], Int("keepdims", 0)));
            Measured.Add((number, least, greatest));
        }

        return value;
    }

    private protected override void Join(int[] joined)
    {
        var merged = joined.Select(number => _groups[number]).ToHashSet();
        for (var i = 0; i < _groups.Count; i++)
        {
            _groups[i] = merged.Contains(_groups[i]) ? merged.Min() : _groups[i];
        }
    }
}

namespace Dml.Training.Export;

/// <summary>The plain network with the least and greatest of its values between convolutions as further outputs.</summary>
internal sealed class CalibrationGraph : ActivationGraph
{
    private readonly List<int> groups = [];

    /// <summary>The further outputs: least and greatest of each measured value, by the value's number.</summary>
    internal List<(int Number, string Least, string Greatest)> Measured { get; } = [];

    /// <summary>Joins measured ranges as values are laid end to end.</summary>
    /// <param name="ranges">By value, as measured; returned by value, as an 8-bit network needs them.</param>
    internal ActivationRange[] Joined(IReadOnlyList<ActivationRange> ranges) =>
        [.. groups.Select(group => ranges.Where((_, number) => groups[number] == group).Aggregate((one, other) => one.Or(other)))];

    private protected override string Activation(string value, int number)
    {
        if (number == groups.Count)
        {
            groups.Add(number);
            var (least, greatest) = ($"least_{number}", $"greatest_{number}");
            Output(least, Add("ReduceMin", [value], Int("keepdims", 0)));
            Output(greatest, Add("ReduceMax", [value], Int("keepdims", 0)));
            Measured.Add((number, least, greatest));
        }

        return value;
    }

    private protected override void Join(int[] joined)
    {
        var merged = joined.Select(number => groups[number]).ToHashSet();
        for (var i = 0; i < groups.Count; i++)
        {
            groups[i] = merged.Contains(groups[i]) ? merged.Min() : groups[i];
        }
    }
}

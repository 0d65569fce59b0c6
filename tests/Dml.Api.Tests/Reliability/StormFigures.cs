namespace Dml.Api.Tests.Reliability;

/// <summary>What happened in a <see cref="KillStorm"/>.</summary>
internal sealed class StormFigures
{
    private int _writes;

    public int Kills { get; set; }

    public int KillsAtStart { get; set; }

    public int Writes => _writes;

    public int Imports { get; set; }

    public int Switches { get; set; }

    public int IndexChecks { get; set; }

    public int PicturesFound { get; set; }

    public void CountWrite() => Interlocked.Increment(ref _writes);

    public override string ToString() =>
        $"{Kills} kills ({KillsAtStart} of them at the start); acknowledged: {Writes} writes, {Imports} imports, {Switches} rollouts "
        + $"and returns; "
        + $"{IndexChecks} times the index held against the catalogue, {PicturesFound} pictures fetched and found";
}

namespace Dml.Training.Export;

/// <summary>The exported file does not compute what the network computes.</summary>
public sealed class ParityException : Exception
{
    /// <summary>Says by how much they differ.</summary>
    public ParityException(string message, ParityReport report) : base(message) => Report = report;

    /// <summary>The figures.</summary>
    public ParityReport Report { get; }
}

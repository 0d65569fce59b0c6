namespace Dml.Training.Trainer;

/// <summary>A setting that the trainer may choose itself.</summary>
public enum Toggle
{
    /// <summary>Whatever a short trial on this machine finds best; a run keeps what its first start found.</summary>
    Auto,

    /// <summary>On.</summary>
    On,

    /// <summary>Off.</summary>
    Off,
}

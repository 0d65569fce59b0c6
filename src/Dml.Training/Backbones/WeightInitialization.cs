namespace Dml.Training.Backbones;

/// <summary>How layers start. It decides how fast they learn: AdamW moves every weight by the learning rate, whatever its size.</summary>
public enum WeightInitialization
{
    /// <summary>As the method's own published code does.</summary>
    Published,

    /// <summary>Uniform on +-1 / sqrt(fan-in), PyTorch's default for convolutions and linear layers.</summary>
    FanIn,

    /// <summary>Rows, or columns where there are fewer, at right angles and of length 1, as in the repository of HIER.</summary>
    Orthogonal,
}

using Dml.Embedding;

namespace Dml.Training.Backbones;

/// <summary>The input normalisations that published weights use.</summary>
internal static class Normalization
{
    /// <summary>(rgb / 255 - 0.5) / 0.5.</summary>
    internal static Preprocessing Half(int inputSize) => new()
    {
        InputSize = inputSize,
        Mean = [0.5f, 0.5f, 0.5f],
        Std = [0.5f, 0.5f, 0.5f],
    };

    /// <summary>The mean and deviation of the ImageNet training pictures.</summary>
    internal static Preprocessing ImageNet(int inputSize) => new()
    {
        InputSize = inputSize,
        Mean = [0.485f, 0.456f, 0.406f],
        Std = [0.229f, 0.224f, 0.225f],
    };

    /// <summary>The mean and deviation of the pictures that CLIP was trained on.</summary>
    internal static Preprocessing Clip(int inputSize) => new()
    {
        InputSize = inputSize,
        Mean = [0.48145466f, 0.4578275f, 0.40821073f],
        Std = [0.26862954f, 0.26130258f, 0.27577711f],
    };

    /// <summary>Blue, green, red in 0..255 with their means subtracted, as networks trained in Caffe expect.</summary>
    internal static Preprocessing CaffeMean(int inputSize, float blue, float green, float red) => new()
    {
        InputSize = inputSize,
        Mean = [blue / 255, green / 255, red / 255],
        Std = [1f / 255, 1f / 255, 1f / 255],
        Channels = ChannelOrder.Bgr,
    };
}

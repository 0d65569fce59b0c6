namespace Dml.Embedding.Adoption;

/// <summary>How well-known families of networks want their pictures.</summary>
public static class PreprocessingPresets
{
    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] ImageNetStd = [0.229f, 0.224f, 0.225f];
    private static readonly float[] ClipMean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] ClipStd = [0.26862954f, 0.26130258f, 0.27577711f];
    private static readonly float[] Half = [0.5f, 0.5f, 0.5f];

    /// <summary>By name; <see cref="Preprocessing.InputSize"/> is the family's usual one.</summary>
    public static IReadOnlyDictionary<string, Preprocessing> All { get; } = new Dictionary<string, Preprocessing>
    {
        // torchvision and timm: short side 256, centre 224.
        ["imagenet"] = new() { InputSize = 224, Resize = ResizeRule.CentreCrop, Mean = ImageNetMean, Std = ImageNetStd },
        // Radford et al. 2021, arXiv 2103.00020: short side 224.
        ["clip"] = new() { InputSize = 224, Resize = ResizeRule.ShortSideCrop, Mean = ClipMean, Std = ClipStd },
        // Zhai et al. 2023, arXiv 2303.15343: both sides.
        ["siglip"] = new() { InputSize = 224, Resize = ResizeRule.Squash, Mean = Half, Std = Half },
        // Oquab et al. 2023, arXiv 2304.07193: short side 256, centre 224.
        ["dinov2"] = new() { InputSize = 224, Resize = ResizeRule.CentreCrop, Mean = ImageNetMean, Std = ImageNetStd },
        // Microsoft's CNTK and ML.NET: 0 to 255, blue first, less the mean of ImageNet.
        ["cntk"] = new()
        {
            InputSize = 224,
            Resize = ResizeRule.Squash,
            Channels = ChannelOrder.Bgr,
            Mean = [103.06f / 255, 115.9f / 255, 123.15f / 255],
            Std = [1f / 255, 1f / 255, 1f / 255],
        },
    };
}

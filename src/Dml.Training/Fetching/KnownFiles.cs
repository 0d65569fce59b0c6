using Dml.Training.Catalogues;

namespace Dml.Training.Fetching;

/// <summary>
/// Every file that <c>dml fetch</c> knows. PyTorch's convention puts the first eight digits of the hash into the name. Whole hashes are
/// those that the address carries (CLIP), and otherwise those that independent users of the files have published.
/// </summary>
public static class KnownFiles
{
    private const string TorchvisionLicence = "BSD-3-Clause (torchvision), trained on ImageNet";
    private const string DeitLicence = "Apache-2.0 (DeiT), trained on ImageNet";
    private const string DinoLicence = "Apache-2.0 (DINOv2)";
    private const string ClipLicence = "MIT (OpenAI CLIP)";

    /// <summary>The table; one line a file.</summary>
    public static IReadOnlyList<KnownFile> All { get; } =
    [
        Torchvision("resnet-18", "resnet18-f37072fd.pth", "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 60),
        Torchvision("resnet-34", "resnet34-b627a593.pth", "b627a593", 110),
        Torchvision("resnet-50", "resnet50-0676ba61.pth", "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 130),
        Torchvision("resnet-50-v2", "resnet50-11ad3fa6.pth", "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca", 130) with
        {
            Backbone = "resnet-50",
        },
        Torchvision("googlenet", "googlenet-1378be20.pth", "1378be20a8e875cf1568b8a71654e704449655e34711a959a38b04fb34905cef", 80),
        Deit("deit-tiny", "deit_tiny_patch16_224-a1311bcf.pth", "a1311bcf4f24e3c95adaa75535db67bc4412d95535b98f7c1dfd1164dda41c97", 40),
        Deit("deit-small", "deit_small_patch16_224-cd65a155.pth", "cd65a155", 120),
        Deit("deit-base", "deit_base_patch16_224-b5f2ef4d.pth", "b5f2ef4d", 450),
        Line(
            "dinov2-small", "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth", DinoLicence,
            "b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9", 120),
        Line(
            "clip-vit-b32",
            "https://openaipublic.azureedge.net/clip/models/40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt",
            ClipLicence, "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", 450),
    ];

    /// <summary>The file of this name, or null.</summary>
    public static KnownFile? Find(string name) => All.FirstOrDefault(file => file.Name == name);

    /// <summary>The file of this name.</summary>
    /// <exception cref="RecipeException">There is none; the message names those that there are.</exception>
    public static KnownFile Get(string name) => Find(name) ?? throw new RecipeException(
        $"fetch: '{name}' is not a known file. Known: {string.Join(", ", All.Select(file => file.Name))}.");

    private static KnownFile Torchvision(string name, string file, string hash, int megabytes) =>
        Line(name, $"https://download.pytorch.org/models/{file}", TorchvisionLicence, hash, megabytes);

    private static KnownFile Deit(string name, string file, string hash, int megabytes) =>
        Line(name, $"https://dl.fbaipublicfiles.com/deit/{file}", DeitLicence, hash, megabytes);

    private static KnownFile Line(string name, string address, string licence, string hash, int megabytes) =>
        new(name, name, new Uri(address), licence, hash, megabytes * 1_000_000L);
}

namespace Dml.Training.Tests.Weights;

/// <summary>Published weights that lie beside the repository on development machines and are no part of it.</summary>
internal static class SharedWeights
{
    internal const string BvlcGoogLeNet = "googlenet-bvlc-imagenet.safetensors";
    internal const string VitTiny = "vit-tiny-p16-224-imagenet.safetensors";

    internal static string PathOrSkip(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Dml.slnx")))
            {
                var path = Path.Combine(folder.FullName, "..", "shared", "data", name);
                Assert.SkipUnless(File.Exists(path), $"Needs ../shared/data/{name}, which is not here.");
                return path;
            }
        }

        Assert.Skip("Runs only from a checkout of the repository.");
        return "";
    }
}

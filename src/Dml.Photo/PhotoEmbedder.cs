using Dml.Files;
using Dml.Onnx;
using Google.Protobuf;

namespace Dml.Photo;

/// <summary>The file <c>embedder.onnx</c> of <c>models/photo</c>.</summary>
internal static class PhotoEmbedder
{
    /// <summary>Writes it: the same bytes from the same files, whose hash model.json carries.</summary>
    /// <param name="published">ResNet18.onnx.</param>
    /// <param name="folder">Holds projection.bin and ranges.json.</param>
    /// <param name="eightBits">Whether convolutions compute in 8-bit integers, as in the embedder that is shipped.</param>
    /// <param name="target">The file.</param>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public static void Write(string published, string folder, bool eightBits, string target)
    {
        var model = PhotoNetwork.Read(published);
        PhotoNetwork.Make(model, Projection.Load(Path.Combine(folder, "projection.bin")));
        if (eightBits)
        {
            _ = EightBits.Prepare(model);
            EightBits.Apply(model, RangeFile.Load(Path.Combine(folder, "ranges.json")));
        }

        AtomicFile.Write(target, model.WriteTo);
    }
}

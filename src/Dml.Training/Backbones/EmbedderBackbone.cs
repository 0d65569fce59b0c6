using System.Security.Cryptography;
using Dml.Embedding;
using Dml.Files;
using Dml.Onnx;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// An embedder as it is, run by ONNX Runtime: a published network, or one in 8 bits. Nothing in it can learn, whatever is put on top of
/// it. Its output is the embedding, [batch, dimension], of length 1.
/// </summary>
internal sealed class EmbedderBackbone : Backbone
{
    private readonly byte[] _file;
    private readonly InferenceSession _session;
    [ComponentName(Name = "file")]
    private readonly Tensor _hash;

    /// <param name="folder">The embedder's.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot load it from its one file.</exception>
    public EmbedderBackbone(string folder) : base(nameof(EmbedderBackbone))
    {
        var manifest = EmbedderManifest.Load(folder);
        (OutputDimension, Preprocessing) = (manifest.Dimension, manifest.Preprocessing);
        _file = File.ReadAllBytes(Path.Combine(folder, EmbedderManifest.NetworkFileName));
        // In its state, so that features and checkpoints on top of one embedder are never taken for those of another.
        _hash = tensor(SHA256.HashData(_file));
        RegisterComponents();
        using var options = new SessionOptions { IntraOpNumThreads = get_num_threads(), InterOpNumThreads = 1 };
        try
        {
            _session = new InferenceSession(_file, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{manifest.Name} cannot be loaded from {EmbedderManifest.NetworkFileName}: {e.Message}", e);
        }
    }

    /// <summary>Whether the embedder ends with a map that was trained on top of it.</summary>
    public bool HasMap => VectorMap.IsIn(ModelProto.Parser.ParseFrom(_file));

    /// <summary>
    /// Whether this is the file that the weights which were loaded belong to: they have learnt what its vectors mean, and no other's.
    /// </summary>
    public bool IsFileOfWeights => _hash.data<byte>().ToArray().AsSpan().SequenceEqual(SHA256.HashData(_file));

    public override int OutputDimension { get; }

    public override Preprocessing Preprocessing { get; }

    public override IReadOnlyList<string> Stages => [];

    public override IReadOnlyList<string> NotLoaded => [];

    public override Tensor forward(Tensor input)
    {
        using var pixels = OrtValue.CreateTensorValueFromMemory(input.ToFloats(), input.shape);
        using var run = new RunOptions();
        using var results = _session.Run(run, [EmbedderPorts.Input], [pixels], [EmbedderPorts.Output]);
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), [input.shape[0], OutputDimension]).to(input.device);
    }

    /// <summary>Writes the embedder's own file with a linear map at its end.</summary>
    /// <param name="map">[dimension, dimension]: see <see cref="VectorMap.Append"/>.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    public void Export(float[] map, string path)
    {
        var model = ModelProto.Parser.ParseFrom(_file);
        VectorMap.Append(model, map, OutputDimension);
        AtomicFile.Write(path, model.WriteTo);
    }

    public override string Export(OnnxGraph graph, string input) => throw new NotSupportedException(
        "An embedder's own file has operators of any version, which do not fit into another graph; it is exported with its head.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
        }

        base.Dispose(disposing);
    }
}

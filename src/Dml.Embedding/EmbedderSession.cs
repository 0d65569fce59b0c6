using Dml.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dml.Embedding;

/// <summary>
/// The loaded network, shared by all workers: ONNX Runtime runs one session on many threads at the same time, and the
/// weights are in memory once.
/// </summary>
internal sealed class EmbedderSession : IDisposable
{
    private static readonly string[] InputNames = [EmbedderPorts.Input];
    private static readonly string[] OutputNames = [EmbedderPorts.Output];

    private readonly InferenceSession _session;
    private readonly TimeSpan? _runTime;
    private readonly CancellationToken _hurry;

    internal EmbedderSession(string path, EmbedderManifest manifest, EmbedderOptions embedder)
    {
        (_runTime, _hurry) = (embedder.RunTime, embedder.Hurry);
        using var options = CreateOptions(embedder.Provider);
        try
        {
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new EmbedderException($"ONNX Runtime cannot load {path}: {exception.Message}", exception);
        }

        try
        {
            var side = manifest.Preprocessing.InputSize;
            CheckPort(path, "input", InputNames[0], _session.InputMetadata, 3, side, side);
            CheckPort(path, "output", OutputNames[0], _session.OutputMetadata, manifest.Dimension);
            CheckUnitLength(path, side, manifest.Dimension);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs the network on tensors whose memory the caller owns.</summary>
    /// <exception cref="EmbedderException">It took too long, or ONNX Runtime cannot run it on these pixels.</exception>
    /// <exception cref="OperationCanceledException">It was ended because the process wants to end.</exception>
    internal void Run(OrtValue pixels, OrtValue embedding)
    {
        using var deadline = new RunDeadline(_runTime, _hurry);
        try
        {
            _session.Run(deadline.Options, InputNames, [pixels], OutputNames, [embedding]);
        }
        catch (OnnxRuntimeException exception) when (!deadline.HasPassed)
        {
            throw new EmbedderException($"A run of the network failed: {exception.Message}", exception);
        }
        catch (OnnxRuntimeException exception)
        {
            // A job that is stopped so is resumed by the next start; one that failed is not.
            _hurry.ThrowIfCancellationRequested();
            throw new EmbedderException(
                $"A run of the network took more than {_runTime?.TotalSeconds} seconds (Embedder:RunSeconds) and was ended.", exception);
        }
    }

    public void Dispose() => _session.Dispose();

    private static SessionOptions CreateOptions(string provider)
    {
        SessionOptions options = new()
        {
            // One run per core: threads within a run scale poorly, and worst when all cores are busy.
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            switch (provider)
            {
                case "cpu":
                    break;
                case "cuda":
                    options.AppendExecutionProvider_CUDA();
                    break;
                default:
                    throw new EmbedderException($"The provider must be cpu or cuda, it is '{provider}'.");
            }
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            options.Dispose();
            throw new EmbedderException(
                $"The CUDA provider cannot be used here: {exception.Message} It needs CUDA, cuDNN, and libonnxruntime_providers_cuda.so "
                + "and libonnxruntime_providers_shared.so beside libonnxruntime.so. Otherwise use the provider cpu.",
                exception);
        }

        return options;
    }

    private static void CheckPort(
        string path, string kind, string name, IReadOnlyDictionary<string, NodeMetadata> ports, params ReadOnlySpan<int> shape)
    {
        var expected = $"one {kind} '{name}' of float32 [batch,{string.Join(',', shape.ToArray())}]";
        if (ports.Count != 1 || !ports.TryGetValue(name, out var port))
        {
            var names = string.Join(", ", ports.Keys.Select(key => $"'{key}'"));
            throw new EmbedderException($"{path} does not fit its manifest: it should have {expected}, but its {kind}s are {names}.");
        }

        var fits = port.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
            && port.ElementDataType == TensorElementType.Float
            && port.Dimensions.Length == shape.Length + 1
            && port.Dimensions[0] == -1;
        for (var i = 0; fits && i < shape.Length; i++)
        {
            fits = port.Dimensions[i + 1] == shape[i] || port.Dimensions[i + 1] == -1;
        }

        if (!fits)
        {
            var actual = port.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
                ? $"{port.ElementDataType} [{string.Join(',', port.Dimensions.Select(size => size == -1 ? "any" : $"{size}"))}]"
                : port.OnnxValueType.ToString();
            throw new EmbedderException($"{path} does not fit its manifest: it should have {expected}, but its '{name}' is {actual}.");
        }
    }

    private void CheckUnitLength(string path, int side, int dimension)
    {
        // Not zeros, which a network without biases would map to the zero vector.
        var pixels = new float[3 * side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = MathF.Sin(i);
        }

        var vector = new float[dimension];
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, side, side]);
            using var output = OrtValue.CreateTensorValueFromMemory(vector, [1, dimension]);
            Run(input, output);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EmbedderException)
        {
            throw new EmbedderException($"{path} does not fit its manifest: {exception.Message}", exception);
        }

        var length = MathF.Sqrt(vector.Sum(value => value * value));
        if (!(MathF.Abs(length - 1) < 1e-3f))
        {
            throw new EmbedderException(
                $"{path} does not give vectors of length one: a trial run gave length {length}. Add L2 normalisation to the network.");
        }
    }
}

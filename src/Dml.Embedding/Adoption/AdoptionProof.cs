using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Dml.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dml.Embedding.Adoption;

/// <summary>
/// The proof that an adopted network gives the vectors of the original: the original runs as it was published, on one picture after the
/// other, and plain code pools and normalises what comes out.
/// </summary>
internal sealed class AdoptionProof : IDisposable
{
    private const double Tolerance = 1e-4;

    // Half-precision originals round after every layer; what was widened does not.
    private const double HalfTolerance = 2e-2;
    private const int FirstSeed = 1000;
    private static readonly int[] Batches = [1, 3, 32];

    private readonly ImageInput _input;
    private readonly string _output;
    private readonly Preprocessing _preprocessing;
    private readonly InferenceSession _original;
    private readonly RunOptions _runOptions = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly float[][] _pictures;
    private readonly List<float[]> _expected = [];
    private readonly double _tolerance;

    /// <param name="file">The published file.</param>
    /// <param name="source">Its content.</param>
    /// <param name="isHalf">Whether the file computes in half precision.</param>
    /// <param name="input">Its picture input.</param>
    /// <param name="output">The value that becomes the embedding.</param>
    /// <param name="preprocessing">Of the embedder.</param>
    /// <exception cref="AdoptionException">ONNX Runtime cannot run it.</exception>
    public AdoptionProof(string file, ModelProto source, bool isHalf, ImageInput input, string output, Preprocessing preprocessing)
    {
        (_input, _output, _preprocessing) = (input, output, preprocessing);
        _original = Open(() => IsWhole(source, output)
            ? new InferenceSession(file, Options())
            : new InferenceSession(OnlyOutput(source, output).ToByteArray(), Options()));
        _tolerance = isHalf ? HalfTolerance : Tolerance;
        _pictures = [.. Enumerable.Range(0, Batches.Max()).Select(number => Picture(preprocessing, number))];
        (OutputShape, _) = RunOriginal(_pictures[0]);
    }

    /// <summary>Shape of the output for one picture.</summary>
    public IReadOnlyList<long> OutputShape { get; }

    /// <summary>Computes what the adopted network has to give.</summary>
    public void Expect(AdoptionPooling pooling)
    {
        foreach (var picture in _pictures)
        {
            var (shape, values) = RunOriginal(picture);
            _expected.Add(EmbeddingTail.Compute(values, shape, pooling, _input.ChannelsLast));
        }
    }

    /// <summary>Compares in batches of 1, 3 and 32.</summary>
    /// <returns>False with the problem where a batch cannot be run or differs.</returns>
    public bool TryCompare(
        ModelProto adopted,
        int dimension,
        out IReadOnlyList<(int Batch, double Difference)> differences,
        [NotNullWhen(false)] out string? problem)
    {
        var measured = new List<(int Batch, double Difference)>();
        differences = measured;
        try
        {
            using var session = new InferenceSession(adopted.ToByteArray(), Options());
            foreach (var batch in Batches)
            {
                var rows = Embed(session, batch, dimension);
                var largest = 0.0;
                for (var row = 0; row < batch; row++)
                {
                    for (var i = 0; i < dimension; i++)
                    {
                        var difference = Math.Abs((double)rows[(row * dimension) + i] - _expected[row][i]);
                        // Written so that NaN counts.
                        largest = difference <= largest ? largest : difference;
                    }
                }

                measured.Add((batch, largest));
            }
        }
        catch (OnnxRuntimeException exception)
        {
            problem = exception.Message;
            return false;
        }

        problem = measured.TrueForAll(pair => pair.Difference < _tolerance)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"unit vectors differ by {string.Join(", ", measured.Select(pair => $"{pair.Difference:E1} in a batch of {pair.Batch}"))}; "
                + $"allowed is less than {_tolerance:E0}.");
        return problem is null;
    }

    /// <summary>The mean cosine between the original's vectors and those of a network that rounds.</summary>
    public double MeanCosine(ModelProto rounded, int dimension)
    {
        using var session = new InferenceSession(rounded.ToByteArray(), Options());
        var rows = Embed(session, _expected.Count, dimension);
        return _expected.Select((vector, row) => vector.Select((value, i) => (double)value * rows[(row * dimension) + i]).Sum()).Average();
    }

    public void Dispose()
    {
        _original.Dispose();
        _runOptions.Dispose();
    }

    private static SessionOptions Options() => new()
    {
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        // Trials that fail are answered here.
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
    };

    private static InferenceSession Open(Func<InferenceSession> open)
    {
        try
        {
            return open();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new AdoptionException($"ONNX Runtime cannot load the network: {exception.Message}", exception);
        }
    }

    private static bool IsWhole(ModelProto source, string output) =>
        ImageInput.Inputs(source.Graph).Count() == 1 && source.Graph.Output.Any(port => port.Name == output);

    private static ModelProto OnlyOutput(ModelProto source, string output)
    {
        var model = source.Clone();
        model.Graph.KeepOnlyWhatLeadsTo(output);
        model.Graph.Output.Clear();
        model.Graph.Output.Add(new ValueInfoProto
        {
            Name = output,
            Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float } },
        });
        return model;
    }

    private (long[] Shape, float[] Values) RunOriginal(float[] chw)
    {
        var count = _input.Batch ?? 1;
        try
        {
            using var value = InputValue(chw, count);
            using var results = _original.Run(_runOptions, [_input.Name], [value], [_output]);
            var shape = results[0].GetTensorTypeAndShape().Shape;
            var values = ToFloats(results[0]);
            if (shape.Length == 0 || shape[0] != count)
            {
                throw new AdoptionException(
                    AdoptionQuestion.Output,
                    $"'{_output}' should have one entry for each picture; for {count} its shape is [{string.Join(", ", shape)}].");
            }

            shape[0] = 1;
            return (shape, values[..(values.Length / count)]);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new AdoptionException(
                AdoptionQuestion.InputSize,
                $"ONNX Runtime cannot run the network on a picture of {_preprocessing.InputSize} x {_preprocessing.InputSize} pixels: "
                + $"{exception.Message}");
        }
    }

    private static float[] Picture(Preprocessing preprocessing, int number)
    {
        var rgb = new byte[preprocessing.PixelBytes];
        SmoothPicture.Draw(preprocessing.InputSize, new Random(FirstSeed + number), rgb);
        var chw = new float[rgb.Length];
        preprocessing.Normalize(rgb, chw);
        return chw;
    }

    private OrtValue InputValue(float[] chw, int count)
    {
        long side = _preprocessing.InputSize;
        long[] shape = _input.ChannelsLast ? [count, side, side, 3] : [count, 3, side, side];
        var one = _input.ChannelsLast ? Interleaved(chw) : chw;
        float[] values = [.. Enumerable.Repeat(one, count).SelectMany(copy => copy)];
        return _original.InputMetadata[_input.Name].ElementDataType switch
        {
            TensorElementType.Float16 => OrtValue.CreateTensorValueFromMemory(
                MemoryMarshal.Cast<Half, Float16>(values.Select(value => (Half)value).ToArray()).ToArray(), shape),
            TensorElementType.UInt8 => OrtValue.CreateTensorValueFromMemory(values.Select(value => (byte)value).ToArray(), shape),
            _ => OrtValue.CreateTensorValueFromMemory(values, shape),
        };
    }

    private static float[] Interleaved(float[] chw)
    {
        var plane = chw.Length / 3;
        return [.. Enumerable.Range(0, chw.Length).Select(i => chw[(i % 3 * plane) + (i / 3)])];
    }

    private static float[] ToFloats(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
        TensorElementType.Float16 =>
            [.. MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>()).ToArray().Select(half => (float)half)],
        var type => throw new AdoptionException(AdoptionQuestion.Output, $"The embedding should be made of floats; the output is {type}."),
    };

    private float[] Embed(InferenceSession session, int batch, int dimension)
    {
        long side = _preprocessing.InputSize;
        var pixels = _pictures.Take(batch).SelectMany(picture => picture).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, side, side]);
        using var results = session.Run(_runOptions, [EmbedderPorts.Input], [input], [EmbedderPorts.Output]);
        var values = results[0].GetTensorDataAsSpan<float>();
        // A network whose batch was not opened may answer with one row.
        return values.Length == batch * dimension ? values.ToArray() : [.. Enumerable.Repeat(float.NaN, batch * dimension)];
    }
}

using System.Numerics.Tensors;
using Dml.Embedding;
using Dml.Training.Network;
using Dml.Training.Torch;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Training.Export;

/// <summary>The proof that an exported file is the network: both embed the same pictures, in single precision.</summary>
public static class OnnxParity
{
    /// <summary>Differences of this size or more fail.</summary>
    public const double Tolerance = 1e-4;

    private static readonly int[] Batches = [1, 3, 32];

    /// <summary>Runs both on seeded random pictures at batch 1, 3 and 32.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="path">The exported file.</param>
    /// <param name="seed">Seed of the pictures.</param>
    /// <exception cref="ParityException">The unit vectors differ by <see cref="Tolerance"/> or more.</exception>
    public static ParityReport Check(EmbeddingNetwork network, string path, int seed = 1)
    {
        var random = new Random(seed);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(path, options);
        var report = new ParityReport([
            .. Batches.Select(batch => (batch, Difference(network, session, Pictures(network, batch, random)))),
        ]);
        // Written so that NaN fails too.
        return report.Largest < Tolerance
            ? report
            : throw new ParityException(
                $"'{path}' is not the trained network: unit vectors differ by up to {report.Largest:E2}, allowed is below {Tolerance:E0} ("
                    + string.Join(", ", report.Differences.Select(d => $"batch {d.Batch}: {d.Difference:E2}"))
                    + ").",
                report);
    }

    private static byte[] Pictures(EmbeddingNetwork network, int batch, Random random)
    {
        var preprocessing = network.Preprocessing;
        var rgb = new byte[batch * preprocessing.PixelBytes];
        for (var picture = 0; picture < batch; picture++)
        {
            SmoothPicture.Draw(
                preprocessing.InputSize, random, rgb.AsSpan(picture * preprocessing.PixelBytes, preprocessing.PixelBytes));
        }

        return rgb;
    }

    private static double Difference(EmbeddingNetwork network, InferenceSession session, byte[] rgb)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = new PixelInput(network.Preprocessing, channelsLast: false).ToTensor(rgb, network.Device);
        var expected = network.call(pixels).ToFloats();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels.ToFloats(), pixels.shape);
        using var run = new RunOptions();
        using var results = session.Run(run, [OnnxExporter.InputName], [input], [OnnxExporter.OutputName]);
        var actual = results[0].GetTensorDataAsSpan<float>();
        if (actual.Length != expected.Length)
        {
            return double.PositiveInfinity;
        }

        // Relative to the row's length, which is 1 except for a head that leaves it open.
        double largest = 0;
        for (var row = 0; row < expected.Length; row += network.Dimension)
        {
            var wanted = expected.AsSpan(row, network.Dimension);
            var length = TensorPrimitives.Norm(wanted);
            for (var i = 0; i < wanted.Length; i++)
            {
                var difference = Math.Abs((double)actual[row + i] - wanted[i]) / length;
                if (!(difference <= largest))
                {
                    largest = difference;
                }
            }
        }

        return largest;
    }
}

using Dml.Onnx;
using Dml.Training.Export;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Export;

public sealed class OnnxInt8Tests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => SmallNetworks.Names;

    private string Target => _folder.File("embedder.onnx");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_backbone_in_int8_tells_pictures_apart_as_the_network_does(string backbone)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = SmallNetworks.Create(backbone);
        SmallNetworks.Disturb(network);
        network.SetTraining(false);
        float[][] pictures = [.. Enumerable.Range(0, 8).Select(label => Pixels(network, label))];
        OnnxExporter.ExportInt8(network, Target, pictures);
        using var session = new InferenceSession(Target);
        var expected = network.call(tensor(pictures.SelectMany(p => p).ToArray(), [8, 3, 32, 32])).ToFloats().Chunk(16).ToArray();
        var mean = Enumerable.Range(0, 16).Select(d => expected.Average(row => row[d])).ToArray();
        // Fresh networks answer to all pictures with nearly the same vector: what counts is the error against what tells them apart.
        var spread = expected.Average(row => Distance(row, mean));
        foreach (var batch in new[] { 1, 8 })
        {
            var actual = pictures.Chunk(batch).SelectMany(chunk => Run(session, [.. chunk.SelectMany(p => p)], batch).Chunk(16)).ToArray();
            var error = expected.Zip(actual, Distance).Average();
            TestContext.Current.TestOutputHelper?.WriteLine($"batch {batch}: error {error / spread:P2} of the spread {spread:E2}");
            Assert.InRange(error / spread, 1e-5, 0.4);
        }

        var size = new FileInfo(Target).Length;
        OnnxExporter.Export(network, Target);
        Assert.InRange(size, 0, 0.6 * new FileInfo(Target).Length);
    }

    [Fact]
    public void Rows_of_weights_are_rounded_to_the_nearest_step_of_their_own_largest()
    {
        float[] weights = [1, -2, 0.3f, 0, 0, 0, 1e-3f, 2e-3f, -5e-3f];
        var rows = QuantizedRows.Of(weights, 3);
        Assert.Equal([2f / 127, 1, 5e-3f / 127], rows.Scales);
        Assert.Equal([64, -127, 19, 0, 0, 0, 25, 51, -127], rows.Values.Select(v => (int)v));
        for (var i = 0; i < weights.Length; i++)
        {
            Assert.Equal(weights[i], rows.Values[i] * rows.Scales[i / 3], rows.Scales[i / 3] / 2 + 1e-9);
        }
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 7)]
    [InlineData(-123, 151)]
    [InlineData(-3, 0)]
    [InlineData(0, 0)]
    public void Zero_is_a_whole_step_of_every_range(float least, float greatest)
    {
        var range = ActivationRange.Zero.Or(new(least, greatest));
        for (var value = least; value <= greatest; value += Math.Max((greatest - least) / 1000, 1e-3f))
        {
            var step = Math.Clamp(MathF.Round(value / range.Scale) + range.ZeroPoint, 0, 255);
            // The ends may lie half a step further out, because the zero point is rounded.
            Assert.Equal(value, (step - range.ZeroPoint) * range.Scale, range.Scale * 1.001);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static double Distance(float[] one, float[] other) => Math.Sqrt(one.Zip(other, (a, b) => ((double)a - b) * (a - b)).Sum());

    private static float[] Pixels(EmbeddingNetwork network, int label)
    {
        var chw = new float[3 * 32 * 32];
        network.Preprocessing.Normalize(TinyPictures.Rgb(32, label, 1), chw);
        return chw;
    }

    private static float[] Run(InferenceSession session, float[] pixels, int batch)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, 32, 32]);
        using var run = new RunOptions();
        using var results = session.Run(run, [OnnxExporter.InputName], [input], [OnnxExporter.OutputName]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}

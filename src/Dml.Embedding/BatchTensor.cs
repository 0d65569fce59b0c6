using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Embedding;

/// <summary>Memory for one run of the network with up to a maximum number of pictures, allocated once.</summary>
internal sealed class BatchTensor : IDisposable
{
    private readonly EmbedderSession _session;
    private readonly int _numbers;
    private readonly int _side;
    private readonly int _dimension;
    private readonly float[] _pixels;
    private readonly float[] _vectors;
    private readonly OrtValue?[] _inputs;
    private readonly OrtValue?[] _outputs;

    internal BatchTensor(EmbedderSession session, EmbedderManifest manifest, int bound)
    {
        _session = session;
        _side = manifest.Preprocessing.InputSize;
        _numbers = manifest.Preprocessing.PixelBytes;
        _dimension = manifest.Dimension;
        _pixels = new float[checked(bound * _numbers)];
        _vectors = new float[checked(bound * _dimension)];
        _inputs = new OrtValue?[bound];
        _outputs = new OrtValue?[bound];
    }

    /// <summary>Runs the network once on all pictures and completes their requests.</summary>
    internal void Run(IReadOnlyList<DecodedPicture> batch)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Pixels.CopyTo(_pixels, i * _numbers);
            }

            RunNetwork(batch.Count);
        }
        catch (EmbedderException) when (batch.Count > 1)
        {
            // The others in the batch must not fail for the sake of the one that the network cannot be run on.
            foreach (var picture in batch)
            {
                Run([picture]);
            }

            return;
        }
        catch (Exception exception)
        {
            foreach (var picture in batch)
            {
                picture.Request!.SetException(exception);
            }

            return;
        }

        var milliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        for (var i = 0; i < batch.Count; i++)
        {
            var vector = _vectors.AsSpan(i * _dimension, _dimension).ToArray();
            batch[i].Request!.SetResult(new EmbedResult(vector, batch[i].Info, null, batch[i].DecodeMilliseconds, milliseconds)
            {
                WorkMilliseconds = batch[i].DecodeMilliseconds + (milliseconds / batch.Count),
            });
        }
    }

    public void Dispose()
    {
        foreach (var value in _inputs.Concat(_outputs))
        {
            value?.Dispose();
        }
    }

    private void RunNetwork(int count)
    {
        var input = _inputs[count - 1] ??= OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, _pixels.AsMemory(0, count * _numbers), [count, 3, _side, _side]);
        var output = _outputs[count - 1] ??= OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, _vectors.AsMemory(0, count * _dimension), [count, _dimension]);
        _session.Run(input, output);
    }
}

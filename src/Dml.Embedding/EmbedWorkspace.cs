using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Embedding;

/// <summary>One worker's memory, from pixels to vector, allocated once.</summary>
internal sealed class EmbedWorkspace : IDisposable
{
    private readonly EmbedderSession _session;
    private readonly Preprocessing _preprocessing;
    private readonly long _maxPixels;
    private readonly byte[] _rgb;
    private readonly float[] _chw;
    private readonly float[] _vector;
    private readonly OrtValue _input;
    private readonly OrtValue _output;

    internal EmbedWorkspace(EmbedderSession session, EmbedderManifest manifest, long maxPixels)
    {
        _session = session;
        _preprocessing = manifest.Preprocessing;
        _maxPixels = maxPixels;
        int side = _preprocessing.InputSize;
        _rgb = new byte[_preprocessing.PixelBytes];
        _chw = new float[_preprocessing.PixelBytes];
        _vector = new float[manifest.Dimension];
        _input = OrtValue.CreateTensorValueFromMemory(_chw, [1, 3, side, side]);
        _output = OrtValue.CreateTensorValueFromMemory(_vector, [1, manifest.Dimension]);
    }

    internal EmbedResult Embed(ReadOnlySpan<byte> picture)
    {
        long start = Stopwatch.GetTimestamp();
        bool decoded = PictureDecoder.TryDecode(picture, _preprocessing, _maxPixels, _rgb, out PictureInfo info, out PictureError? error);
        if (!decoded)
        {
            return new EmbedResult(null, info, error, Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0);
        }

        _preprocessing.Normalize(_rgb, _chw);
        long middle = Stopwatch.GetTimestamp();
        _session.Run(_input, _output);
        float[] vector = [.. _vector];
        double embed = Stopwatch.GetElapsedTime(middle).TotalMilliseconds;
        return new EmbedResult(vector, info, null, Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds, embed);
    }

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }
}

using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dml.Embedding;

/// <summary>
/// A loaded embedder: it turns picture bytes into unit vectors. A bounded queue feeds worker threads that decode and normalise;
/// decoded pictures are batched for the network (<see cref="MicroBatch"/>). Every member may be called from any thread.
/// </summary>
public sealed class Embedder : IDisposable
{
    // How long a decoded picture that a caller waits for is kept back for others of its batch.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    private readonly EmbedderSession _session;
    private readonly EmbedQueue _queue;
    private readonly MicroBatch _batch;
    private readonly BatchTensor[] _tensors;
    private readonly EmbeddingCache? _cache;
    private readonly Thread[] _workers;
    private readonly long _maxPixels;
    private readonly int _queueCapacity;
    private readonly int _batchSize;
    private int _disposed;

    private Embedder(EmbedderManifest manifest, EmbedderSession session, EmbedderOptions options)
    {
        Manifest = manifest;
        Fingerprint = manifest.Fingerprint;
        _session = session;
        _maxPixels = options.MaxPixels;
        _queueCapacity = options.QueueCapacity;
        _cache = options.Cache is { KeepsNothing: false } cache ? cache : null;
        _queue = new EmbedQueue(options.QueueCapacity, options.Workers);
        var shape = BatchShape.For(options, _queue.Workers);
        _batchSize = shape.Pictures;
        _tensors = [.. Enumerable.Range(0, shape.Runs).Select(_ => new BatchTensor(session, manifest, shape.Pictures))];
        _batch = new MicroBatch(
            Array.ConvertAll(_tensors, tensor => (Action<IReadOnlyList<DecodedPicture>>)tensor.Run),
            shape.Pictures, _queue.Workers, manifest.Preprocessing.PixelBytes);
        _workers = new Thread[_queue.Workers];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { Name = $"embedder {manifest.Name} {i}", IsBackground = true };
            _workers[i].Start();
        }
    }

    /// <summary>The contents of the folder's <c>model.json</c>.</summary>
    public EmbedderManifest Manifest { get; }

    /// <summary>Length of the vectors.</summary>
    public int Dimension => Manifest.Dimension;

    /// <summary>The embedder's name.</summary>
    public string Name => Manifest.Name;

    /// <summary>Identifies the embedder's vectors: two embedders with the same fingerprint give the same vectors.</summary>
    public string Fingerprint { get; }

    /// <summary>Number of pictures that are waiting, in the queue or to enter it.</summary>
    public int QueueLength => _queue.Length;

    /// <summary>Loads the embedder of a folder and checks that the manifest and the network match.</summary>
    /// <exception cref="EmbedderException">They do not match, a file is missing, or the provider cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below one.</exception>
    public static Embedder Open(string folder, EmbedderOptions? options = null)
    {
        options ??= new EmbedderOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.BatchSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPixels, 1);
        var manifest = EmbedderManifest.Load(folder);
        var network = Path.Combine(folder, EmbedderManifest.NetworkFileName);
        manifest.CheckNetworkFile(network);
        try
        {
            Libvips.Load();
            return new Embedder(manifest, new EmbedderSession(network, manifest, options), options);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            // It is better to fail now than with the first picture.
            var cause = exception is TypeInitializationException { InnerException: { } inner } ? inner : exception;
            throw new EmbedderException($"A native library is missing: {cause.Message}", exception);
        }
    }

    /// <summary>Embeds one picture file for a job. It waits for its turn, however long the queue is.</summary>
    /// <inheritdoc cref="EmbedAsync(ReadOnlyMemory{byte}, EmbedPriority, CancellationToken)"/>
    public ValueTask<EmbedResult> EmbedAsync(ReadOnlyMemory<byte> picture, CancellationToken cancel = default) =>
        EmbedAsync(picture, EmbedPriority.Background, cancel);

    /// <summary>Embeds one picture file. A refused picture gives a result with an error, not an exception.</summary>
    /// <param name="picture">The whole file. It must not change until the task ends.</param>
    /// <param name="priority">How urgent it is.</param>
    /// <param name="cancel">Has an effect until a worker has begun with the picture.</param>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public ValueTask<EmbedResult> EmbedAsync(ReadOnlyMemory<byte> picture, EmbedPriority priority, CancellationToken cancel = default) =>
        EmbedAsync(picture, priority, "", region: null, cancel);

    /// <summary>Embeds one picture file in its caller's turn. A refused picture gives a result with an error, not an exception.</summary>
    /// <param name="picture">The whole file. It must not change until the task ends.</param>
    /// <param name="priority">How urgent it is.</param>
    /// <param name="caller">Who sent it: with requests, callers take turns, and none has more than three quarters of the queue.</param>
    /// <param name="region">The part of it to embed; null for the whole picture.</param>
    /// <param name="cancel">Has an effect until a worker has begun with the picture.</param>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The region is not in the picture, or too small.</exception>
    public async ValueTask<EmbedResult> EmbedAsync(
        ReadOnlyMemory<byte> picture, EmbedPriority priority, string caller, PictureRegion? region, CancellationToken cancel = default)
    {
        if (region is { IsValid: false })
        {
            throw new ArgumentOutOfRangeException(nameof(region), region, "Expected a part of the picture of one hundredth of it or more.");
        }

        // So that it is found in the cache like the picture that it is.
        region = region is { IsWhole: true } ? null : region;
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (priority == EmbedPriority.Background)
        {
            EmbedRequest job = new(picture, priority, caller, cancel, region);
            await _queue.AddAsync(job, cancel).ConfigureAwait(false);
            return await EndAsync(job, cancel).ConfigureAwait(false);
        }

        if (_cache is null)
        {
            return await RequestAsync(picture, region, caller, cancel).ConfigureAwait(false);
        }

        var key = EmbeddingCache.KeyOf(Fingerprint, picture.Span, region);
        if (_cache.TryGet(key, out var known, out var info))
        {
            return new EmbedResult(known, info, null, 0, 0);
        }

        var result = await RequestAsync(picture, region, caller, cancel).ConfigureAwait(false);
        if (result.Vector is { } vector)
        {
            _cache.Add(key, vector, result.Info);
        }

        return result;
    }

    /// <summary>
    /// Runs the network on normalised pixels, on the calling thread and one core. Call it from several threads to use several
    /// cores.
    /// </summary>
    /// <param name="chw">[batch, 3, side, side].</param>
    /// <param name="batch">Number of pictures, at least one.</param>
    /// <param name="unitVectors">Receives [batch, dimension]; each row has length one.</param>
    /// <exception cref="ArgumentException">A length does not match.</exception>
    /// <remarks>
    /// Unlike <see cref="EmbedAsync(ReadOnlyMemory{byte}, EmbedPriority, CancellationToken)"/>, it must have returned before
    /// <see cref="Dispose"/> is called.
    /// </remarks>
    public unsafe void EmbedPixels(ReadOnlySpan<float> chw, int batch, Span<float> unitVectors)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        var side = Manifest.Preprocessing.InputSize;
        if (chw.Length != (long)batch * 3 * side * side || unitVectors.Length != (long)batch * Dimension)
        {
            throw new ArgumentException(
                $"A batch of {batch} takes [{batch},3,{side},{side}] pixels and [{batch},{Dimension}] results; "
                + $"{chw.Length} and {unitVectors.Length} numbers were given.");
        }

        fixed (float* pixels = chw, vectors = unitVectors)
        {
            using var input = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [batch, 3, side, side], (nint)pixels, chw.Length * sizeof(float));
            using var output = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                TensorElementType.Float,
                [batch, Dimension],
                (nint)vectors,
                unitVectors.Length * sizeof(float));
            _session.Run(input, output);
        }
    }

    /// <summary>Embeds the pictures that are in the queue, then releases everything.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Dispose();
        foreach (var worker in _workers)
        {
            worker.Join();
        }

        _batch.Dispose();
        Array.ForEach(_tensors, tensor => tensor.Dispose());
        _session.Dispose();
    }

    private static async ValueTask<EmbedResult> EndAsync(EmbedRequest request, CancellationToken cancel)
    {
        using var registration = cancel.UnsafeRegister(
            static state => ((EmbedRequest)state!).Cancel(), request);
        return await request.Task.ConfigureAwait(false);
    }

    private ValueTask<EmbedResult> RequestAsync(
        ReadOnlyMemory<byte> picture, PictureRegion? region, string caller, CancellationToken cancel)
    {
        EmbedRequest request = new(picture, EmbedPriority.Request, caller, cancel, region);
        if (_queue.TryAdd(request))
        {
            return EndAsync(request, cancel);
        }

        PictureError error = new(
            PictureProblem.Busy,
            $"The embedder's queue of {_queueCapacity} pictures, or this caller's share of it, is full. Send it again in a moment.");
        return ValueTask.FromResult(new EmbedResult(null, default, error, 0, 0));
    }

    private void Work()
    {
        var rgb = new byte[Manifest.Preprocessing.PixelBytes];
        ReadyPictures ready = new(_batch, _batchSize);
        EmbedTurn turn = new();
        // If workers share runs of the network, pictures are batched there, so that none waits for the decoding of another.
        var bound = _tensors.Length < _workers.Length ? 1 : _batchSize;
        while (_queue.TryTake(turn, out var request))
        {
            // Refused pictures count too: otherwise a flood of them would keep the good ones waiting.
            var taken = 0;
            do
            {
                Decode(request, turn, rgb, ready);
            }
            while (++taken < bound && ready.AwaitedFor < Patience && _queue.TryTakeMore(turn, out request));

            ready.Run();
            _queue.End(turn);
        }
    }

    // Adds nothing if the request has been completed, as cancelled or with an error, or has been put back.
    private void Decode(EmbedRequest request, EmbedTurn turn, byte[] rgb, ReadyPictures ready)
    {
        if (!request.TryTake())
        {
            return;
        }

        var picture = _batch.Rent();
        try
        {
            if (TryDecode(request, turn, rgb, picture, ready))
            {
                ready.Add(picture);
                return;
            }
        }
        catch (Exception exception)
        {
            request.SetException(exception);
        }

        _batch.Return(picture);
    }

    private bool TryDecode(EmbedRequest request, EmbedTurn turn, byte[] rgb, DecodedPicture picture, ReadyPictures ready)
    {
        var begin = Stopwatch.GetTimestamp();
        var bytes = request.Picture.Span;
        if (!PictureFile.TryOpen(bytes, _maxPixels, out var info, out var file, out var error))
        {
            return Refuse();
        }

        using (file)
        {
            if (file.IsHeavy(bytes))
            {
                if (!_queue.TryBeginHeavy(turn))
                {
                    if (request.TryGiveBack())
                    {
                        _queue.PutBack(request);
                    }

                    return false;
                }

                if (ready.IsAwaited)
                {
                    ready.Run();
                    begin = Stopwatch.GetTimestamp();
                }
            }

            if (!PictureDecoder.TryDecode(file, bytes, Manifest.Preprocessing, request.Region, rgb, out error))
            {
                return Refuse();
            }
        }

        Manifest.Preprocessing.Normalize(rgb, picture.Pixels);
        (picture.Request, picture.Info, picture.DecodeMilliseconds) =
            (request, info, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        return true;

        bool Refuse()
        {
            var milliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            request.SetResult(new EmbedResult(null, info, error, milliseconds, 0) { WorkMilliseconds = milliseconds });
            return false;
        }
    }
}

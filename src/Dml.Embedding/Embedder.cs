using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dml.Embedding;

/// <summary>
/// A loaded embedder: picture bytes to unit vector. A bounded queue feeds worker threads, each of which decodes,
/// normalises and runs the network on one core. Every member may be called from any thread.
/// </summary>
public sealed class Embedder : IDisposable
{
    private readonly EmbedderSession _session;
    private readonly SemaphoreSlim _places;
    private readonly BlockingCollection<EmbedRequest> _queue = [];
    private readonly Thread[] _workers;
    private readonly long _maxPixels;
    private int _waiting;
    private int _disposed;

    private Embedder(EmbedderManifest manifest, EmbedderSession session, EmbedderOptions options)
    {
        Manifest = manifest;
        _session = session;
        _maxPixels = options.MaxPixels;
        _places = new SemaphoreSlim(options.QueueCapacity);
        _workers = new Thread[options.Workers];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { Name = $"embedder {manifest.Name} {i}", IsBackground = true };
            _workers[i].Start();
        }
    }

    /// <summary>What the folder's <c>model.json</c> says.</summary>
    public EmbedderManifest Manifest { get; }

    /// <summary>Length of the vectors.</summary>
    public int Dimension => Manifest.Dimension;

    /// <summary>The embedder's name.</summary>
    public string Name => Manifest.Name;

    /// <summary>The same for two embedders exactly when they give the same vectors.</summary>
    public string Fingerprint => Manifest.Fingerprint;

    /// <summary>Pictures that wait at the moment, in the queue or to get into it.</summary>
    public int QueueLength => Volatile.Read(ref _waiting);

    /// <summary>Loads the embedder of a folder and checks that manifest and network fit each other.</summary>
    /// <exception cref="EmbedderException">They do not, a file is missing, or the provider cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below one.</exception>
    public static Embedder Open(string folder, EmbedderOptions? options = null)
    {
        options ??= new EmbedderOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPixels, 1);
        EmbedderManifest manifest = EmbedderManifest.Load(folder);
        string network = Path.Combine(folder, EmbedderManifest.NetworkFileName);
        manifest.CheckNetworkFile(network);
        try
        {
            PictureDecoder.LoadLibrary();
            return new Embedder(manifest, new EmbedderSession(network, manifest, options.Provider), options);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            // Better now than at the first picture.
            throw new EmbedderException($"A native library is missing: {exception.GetBaseException().Message}", exception);
        }
    }

    /// <summary>Embeds one picture file. A picture that is refused is a result with an error, not an exception.</summary>
    /// <param name="picture">The whole file; it must not change until the task ends.</param>
    /// <param name="cancel">Honoured until a worker has begun with the picture.</param>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public async ValueTask<EmbedResult> EmbedAsync(ReadOnlyMemory<byte> picture, CancellationToken cancel = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        Interlocked.Increment(ref _waiting);
        EmbedRequest request = new(picture, cancel);
        try
        {
            await _places.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _waiting);
            throw;
        }

        try
        {
            _queue.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // Disposed while this picture waited for a place; the place goes to the next one, which must hear it too.
            Interlocked.Decrement(ref _waiting);
            _places.Release();
            throw new ObjectDisposedException(nameof(Embedder));
        }

        using CancellationTokenRegistration registration = cancel.UnsafeRegister(
            static state => ((EmbedRequest)state!).Cancel(), request);
        return await request.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Runs the network on normalised pixels, on the calling thread and one core; call it from several threads to
    /// use several.
    /// </summary>
    /// <param name="chw">[batch, 3, side, side].</param>
    /// <param name="batch">Number of pictures, at least one.</param>
    /// <param name="unitVectors">Receives [batch, dimension]; each row has length one.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <remarks>Unlike <see cref="EmbedAsync"/>, it must have ended before <see cref="Dispose"/> is called.</remarks>
    public unsafe void EmbedPixels(ReadOnlySpan<float> chw, int batch, Span<float> unitVectors)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        int side = Manifest.Preprocessing.InputSize;
        if (chw.Length != (long)batch * 3 * side * side || unitVectors.Length != (long)batch * Dimension)
        {
            throw new ArgumentException(
                $"A batch of {batch} takes [{batch},3,{side},{side}] pixels and [{batch},{Dimension}] results; it got {chw.Length} and {unitVectors.Length} numbers.");
        }

        fixed (float* pixels = chw, vectors = unitVectors)
        {
            using OrtValue input = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [batch, 3, side, side], (nint)pixels, chw.Length * sizeof(float));
            using OrtValue output = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [batch, Dimension], (nint)vectors, unitVectors.Length * sizeof(float));
            _session.Run(input, output);
        }
    }

    /// <summary>Finishes the pictures that are in the queue, then releases everything.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.CompleteAdding();
        foreach (Thread worker in _workers)
        {
            worker.Join();
        }

        _session.Dispose();
        _queue.Dispose();
    }

    private void Work()
    {
        using EmbedWorkspace workspace = new(_session, Manifest, _maxPixels);
        foreach (EmbedRequest request in _queue.GetConsumingEnumerable())
        {
            _places.Release();
            Interlocked.Decrement(ref _waiting);
            if (!request.TryTake())
            {
                continue;
            }

            try
            {
                request.SetResult(workspace.Embed(request.Picture.Span));
            }
            catch (Exception exception)
            {
                request.SetException(exception);
            }
        }
    }
}

namespace Dml.Embedding.Tests;

/// <summary>Pictures that meet in one run of the network get what each gets alone, and none shares another's fate.</summary>
public sealed class MicroBatchTests : IDisposable
{
    private const int Pictures = 24;

    private readonly TemporaryFolder _temporary = new();
    private readonly TinyNetwork _network = new(16, 24);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 1)]
    [InlineData(8, 3)]
    [InlineData(32, 4)]
    public async Task A_batch_gives_each_picture_what_it_gets_alone(int batchSize, int workers)
    {
        byte[][] files = [.. Enumerable.Range(0, Pictures).Select(NoisePicture.Png)];
        var expected = await EmbedAloneAsync(files);
        using var together = Open(new EmbedderOptions { Workers = workers, BatchSize = batchSize });

        // Both kinds go in, so both lanes are in the batches.
        var results = await Task.WhenAll(Enumerable.Range(0, 10 * Pictures).Select(
            i => together.EmbedAsync(files[i % Pictures], i % 2 == 0 ? EmbedPriority.Request : EmbedPriority.Background, Cancel).AsTask()));

        for (var i = 0; i < results.Length; i++)
        {
            AssertNear(expected[i % Pictures], results[i].Vector);
        }

        Assert.Equal(0, together.QueueLength);
    }

    [Fact]
    public async Task A_run_takes_together_and_in_order_what_came_while_it_was_busy()
    {
        List<int[]> batches = [];
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        using MicroBatch batch = new([Run], bound: 3, decoders: 2, numbers: 1);
        var first = Task.Run(() => batch.Add([Numbered(0)]), Cancel);
        begun.Wait(Cancel);
        for (var number = 1; number <= 4; number++)
        {
            // Returns immediately: the run in progress takes the picture next.
            batch.Add([Numbered(number)]);
        }

        gate.Set();
        await first;
        Assert.Equal([[0], [1, 2, 3], [4]], batches);
        batch.Add([Numbered(5), Numbered(6)]);
        batch.Add([]);
        Assert.Equal([[0], [1, 2, 3], [4], [5, 6]], batches);

        DecodedPicture Numbered(int number)
        {
            var picture = batch.Rent();
            picture.Pixels[0] = number;
            return picture;
        }

        void Run(IReadOnlyList<DecodedPicture> pictures)
        {
            batches.Add([.. pictures.Select(picture => (int)picture.Pixels[0])]);
            begun.Set();
            gate.Wait(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Runs_go_side_by_side_as_far_as_there_are_any()
    {
        using CountdownEvent begun = new(2);
        using ManualResetEventSlim gate = new();
        using MicroBatch batch = new([Run, Run], bound: 1, decoders: 2, numbers: 1);
        Task[] both = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => batch.Add([batch.Rent()]), Cancel))];
        // Each begins although the other has not ended.
        Assert.True(begun.Wait(TimeSpan.FromMinutes(1), Cancel));
        gate.Set();
        await Task.WhenAll(both);

        void Run(IReadOnlyList<DecodedPicture> pictures)
        {
            begun.Signal();
            gate.Wait(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Cancelled_and_damaged_pictures_leave_the_others_of_their_batch_alone()
    {
        byte[][] files = [.. Enumerable.Range(0, 8).Select(NoisePicture.Png)];
        var expected = await EmbedAloneAsync(files);
        files[5] = files[5][..(files[5].Length / 2)];
        using var embedder = Open(new EmbedderOptions { Workers = 1, BatchSize = 16 });
        GatedPicture gated = new(files[0]);
        var busy = embedder.EmbedAsync(gated.Picture, EmbedPriority.Request, Cancel).AsTask();
        gated.Reached.Wait(Cancel);
        using var one = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<EmbedResult>[] waiting =
            [.. files.Select((file, i) => embedder.EmbedAsync(file, EmbedPriority.Request, i == 2 ? one.Token : Cancel).AsTask())];

        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[2]);
        gated.Gate.Set();

        AssertNear(expected[0], (await busy).Vector);
        Assert.Equal(PictureProblem.Damaged, (await waiting[5]).Error!.Problem);
        foreach (var i in (int[])[0, 1, 3, 4, 6, 7])
        {
            AssertNear(expected[i], (await waiting[i]).Vector);
        }
    }

    private async Task<float[][]> EmbedAloneAsync(byte[][] files)
    {
        using var alone = Open(new EmbedderOptions { Workers = 1, BatchSize = 1 });
        var vectors = new float[files.Length][];
        for (var i = 0; i < files.Length; i++)
        {
            vectors[i] = (await alone.EmbedAsync(files[i], Cancel)).Vector!;
        }

        return vectors;
    }

    private Embedder Open(EmbedderOptions options) => Embedder.Open(_network.WriteTo(_temporary.Path), options);

    // A matrix product may add in another order for another number of rows: equal to 1e-6, not to the bit.
    private static void AssertNear(float[] expected, float[]? actual) =>
        Assert.All(expected.Zip(actual!), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
}

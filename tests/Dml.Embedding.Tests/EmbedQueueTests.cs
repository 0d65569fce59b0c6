namespace Dml.Embedding.Tests;

public sealed class EmbedQueueTests : IDisposable
{
    private const int Capacity = 40;
    private readonly EmbedQueue _queue = new(Capacity, takers: 2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Requests_go_first_each_kind_in_its_order()
    {
        var background = await AddBackgroundAsync(2);
        var requests = AddRequests(3);
        Assert.Equal(5, _queue.Length);
        Assert.Equal([.. requests, .. background], Take(5));
        Assert.Equal(0, _queue.Length);
    }

    [Fact]
    public async Task Under_endless_requests_the_background_gets_a_turn_now_and_then()
    {
        var background = await AddBackgroundAsync(2);
        AddRequests(Capacity);
        var taken = Take(Capacity);
        int[] turns = [.. background.Select(request => Array.IndexOf(taken, request))];
        Assert.Equal([16, 33], turns);
    }

    [Fact]
    public async Task A_full_queue_refuses_requests_and_lets_the_background_wait()
    {
        AddRequests(Capacity);
        Assert.False(_queue.TryAdd(Request(EmbedPriority.Request)));
        await AddBackgroundAsync(Capacity);
        var late = Request(EmbedPriority.Background);
        var waiting = _queue.AddAsync(late, Cancel).AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.Equal((2 * Capacity) + 1, _queue.Length);

        var taken = Take(2 * Capacity);
        Assert.DoesNotContain(late, taken);
        await waiting;
        Assert.Equal([late], Take(1));
        Assert.True(_queue.TryAdd(Request(EmbedPriority.Request)));
    }

    [Fact]
    public async Task One_worker_takes_its_share_of_what_waits_and_no_more_than_the_bound()
    {
        var background = await AddBackgroundAsync(1);
        var requests = AddRequests(8);
        List<EmbedRequest> taken = [];
        Assert.True(_queue.TryTake(taken, 4));
        Assert.Equal(requests[..4], taken);
        // Five are left for two workers: three each.
        Assert.True(_queue.TryTake(taken, 4));
        Assert.Equal(requests[4..7], taken);
        Assert.True(_queue.TryTake(taken, 4));
        Assert.Equal(requests[7..], taken);
        Assert.True(_queue.TryTake(taken, 4));
        Assert.Equal(background, taken);
    }

    [Fact]
    public async Task Late_requests_join_a_batch_one_by_one_and_the_background_does_not()
    {
        var background = await AddBackgroundAsync(1);
        Assert.False(_queue.TryTakeLate(out var late));
        var requests = AddRequests(2);
        Assert.True(_queue.TryTakeLate(out late));
        Assert.Same(requests[0], late);
        Assert.True(_queue.TryTakeLate(out late));
        Assert.Same(requests[1], late);
        Assert.False(_queue.TryTakeLate(out late));
        Assert.Equal(background, Take(1));
    }

    [Fact]
    public async Task Waiting_for_a_place_can_be_given_up()
    {
        await AddBackgroundAsync(Capacity);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = _queue.AddAsync(Request(EmbedPriority.Background), source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(Capacity, _queue.Length);
    }

    [Fact]
    public async Task A_closed_queue_gives_what_it_holds_and_takes_nothing()
    {
        var held = await AddBackgroundAsync(Capacity);
        var waiting = _queue.AddAsync(Request(EmbedPriority.Background), Cancel).AsTask();
        _queue.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _queue.TryAdd(Request(EmbedPriority.Request)));
        Assert.Equal(held, Take(Capacity));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.False(_queue.TryTake([], 1));
        Assert.False(_queue.TryTake([], 1));
    }

    [Fact]
    public void Callers_take_turns_and_none_fills_the_queue()
    {
        EmbedRequest[] many = [.. Enumerable.Range(0, Capacity * 3 / 4).Select(_ => Request(EmbedPriority.Request, "many"))];
        Assert.All(many, request => Assert.True(_queue.TryAdd(request)));
        Assert.False(_queue.TryAdd(Request(EmbedPriority.Request, "many")));
        EmbedRequest[] few = [Request(EmbedPriority.Request, "few"), Request(EmbedPriority.Request, "few")];
        Assert.All(few, request => Assert.True(_queue.TryAdd(request)));

        Assert.Equal([many[0], few[0], many[1], few[1], many[2], many[3]], Take(6));
        Assert.Equal(many[4..], Take(many.Length - 4));
        Assert.Equal(0, _queue.Length);
        // A caller that was away begins again.
        Assert.True(_queue.TryAdd(few[0]));
        Assert.Equal([few[0]], Take(1));
    }

    private static EmbedRequest Request(EmbedPriority priority, string caller = "") => new(default, priority, caller, Cancel);

    private EmbedRequest[] AddRequests(int count)
    {
        EmbedRequest[] requests = [.. Enumerable.Range(0, count).Select(_ => Request(EmbedPriority.Request))];
        Assert.All(requests, request => Assert.True(_queue.TryAdd(request)));
        return requests;
    }

    private async Task<EmbedRequest[]> AddBackgroundAsync(int count)
    {
        EmbedRequest[] requests = [.. Enumerable.Range(0, count).Select(_ => Request(EmbedPriority.Background))];
        foreach (var request in requests)
        {
            await _queue.AddAsync(request, Cancel);
        }

        return requests;
    }

    private EmbedRequest[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        List<EmbedRequest> one = [];
        Assert.True(_queue.TryTake(one, 1));
        return Assert.Single(one);
    })];
}

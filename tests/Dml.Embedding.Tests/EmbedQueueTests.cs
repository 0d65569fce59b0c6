namespace Dml.Embedding.Tests;

public sealed class EmbedQueueTests : IDisposable
{
    private const int Capacity = 40;
    private const int WorkersOfOne = 2;
    private readonly EmbedQueue _queue = new(Capacity, WorkersOfOne);

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
    public async Task Background_work_joins_only_other_background_work()
    {
        EmbedTurn turn = new();
        var background = await AddBackgroundAsync(3);
        Assert.True(_queue.TryTake(turn, out var taken));
        Assert.Same(background[0], taken);
        Assert.True(_queue.TryTakeMore(turn, out taken));
        Assert.Same(background[1], taken);
        var requests = AddRequests(2);
        Assert.True(_queue.TryTakeMore(turn, out taken));
        Assert.Same(requests[0], taken);
        Assert.True(_queue.TryTakeMore(turn, out taken));
        Assert.Same(requests[1], taken);
        Assert.False(_queue.TryTakeMore(turn, out _));
        _queue.End(turn);
        Assert.Equal([background[2]], Take(1));
    }

    [Fact]
    public async Task No_caller_has_all_workers()
    {
        foreach (var priority in (EmbedPriority[])[EmbedPriority.Request, EmbedPriority.Background])
        {
            EmbedRequest[] many = [.. Enumerable.Range(0, 2 * WorkersOfOne).Select(_ => Request(priority, "many"))];
            foreach (var request in many)
            {
                await AddAsync(request);
            }

            EmbedTurn[] turns = [.. Enumerable.Range(0, WorkersOfOne).Select(_ => new EmbedTurn())];
            Assert.All(turns, turn => Assert.True(_queue.TryTake(turn, out _)));
            // Another worker leaves what waits to these, and takes what another caller sends.
            EmbedTurn other = new();
            Assert.False(_queue.TryTakeMore(other, out _));
            var few = Request(priority, "few");
            await AddAsync(few);
            Assert.True(_queue.TryTake(other, out var taken));
            Assert.Same(few, taken);
            Assert.False(_queue.TryTakeMore(other, out _));
            Assert.True(_queue.TryTakeMore(turns[0], out taken));
            Assert.Same(many[WorkersOfOne], taken);
            _queue.End(turns[1]);
            Assert.True(_queue.TryTakeMore(other, out taken));
            Assert.Same(many[^1], taken);
            _queue.End(turns[0]);
            _queue.End(other);
        }
    }

    [Fact]
    public async Task A_worker_wakes_for_what_the_end_of_a_turn_has_freed()
    {
        EmbedTurn[] turns = [.. Enumerable.Range(0, WorkersOfOne).Select(_ => new EmbedTurn())];
        foreach (var turn in turns)
        {
            Assert.True(_queue.TryAdd(Request(EmbedPriority.Request, "a")));
            Assert.True(_queue.TryAdd(Request(EmbedPriority.Request, "b")));
            Assert.True(_queue.TryTake(turn, out _));
            Assert.True(_queue.TryTakeMore(turn, out _));
        }

        Assert.True(_queue.TryAdd(Request(EmbedPriority.Request, "a")));
        Assert.True(_queue.TryAdd(Request(EmbedPriority.Request, "b")));
        var waiting = Task.Run(() => Assert.Single(Take(1)), Cancel);
        _queue.End(turns[0]);
        // It takes one of the two and leaves the other one to the worker that waits.
        Assert.True(_queue.TryTake(turns[0], out var own));
        var others = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.NotEqual(own.Caller, others.Caller);
        Assert.Equal(0, _queue.Length);
    }

    [Fact]
    public async Task Pictures_that_take_long_never_have_all_workers()
    {
        EmbedTurn[] turns = [.. Enumerable.Range(0, _queue.Workers).Select(_ => new EmbedTurn())];
        foreach (var (i, turn) in turns.Index())
        {
            await AddAsync(Request(i % 2 == 0 ? EmbedPriority.Request : EmbedPriority.Background, $"caller {i}"));
            Assert.True(_queue.TryTake(turn, out var request));
            var isLast = i == turns.Length - 1;
            Assert.Equal(!isLast, _queue.TryBeginHeavy(turn));
            Assert.Equal(!isLast, _queue.TryBeginHeavy(turn));
            if (isLast)
            {
                _queue.PutBack(request);
                _queue.End(turn);
            }
        }

        Assert.Equal(1, _queue.Length);
        EmbedTurn light = new();
        Assert.False(_queue.TryTakeMore(light, out _));
        await AddAsync(Request(EmbedPriority.Request, "light"));
        Assert.True(_queue.TryTake(light, out var small));
        Assert.Equal("light", small.Caller);
        _queue.End(light);
        _queue.End(turns[0]);
        Assert.Single(Take(1));
        Assert.Equal(0, _queue.Length);
    }

    [Fact]
    public async Task What_was_put_back_frees_no_second_place()
    {
        var background = await AddBackgroundAsync(Capacity);
        EmbedTurn turn = new();
        Assert.True(_queue.TryTake(turn, out var request));
        Assert.True(_queue.TryBeginHeavy(turn));
        _queue.PutBack(request);
        _queue.End(turn);
        Assert.Equal([.. background[1..], background[0]], Take(Capacity));
        await AddBackgroundAsync(Capacity);
        var late = _queue.AddAsync(Request(EmbedPriority.Background), Cancel).AsTask();
        Assert.False(late.IsCompleted);
        Take(1);
        await late;
    }

    [Fact]
    public async Task A_picture_that_is_put_back_can_be_cancelled_again()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        EmbedRequest request = new(default, EmbedPriority.Request, "", source.Token);
        Assert.True(request.TryTake());
        Assert.True(request.TryGiveBack());
        Assert.True(request.TryTake());
        await source.CancelAsync();
        request.Cancel();
        // A worker reads it.
        Assert.False(request.Task.IsCompleted);
        Assert.False(request.TryGiveBack());
        Assert.True(request.Task.IsCanceled);
        Assert.False(request.TryTake());
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
        Assert.False(_queue.TryTake(new EmbedTurn(), out _));
        Assert.False(_queue.TryTake(new EmbedTurn(), out _));
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
            await AddAsync(request);
        }

        return requests;
    }

    private async ValueTask AddAsync(EmbedRequest request)
    {
        if (request.Priority == EmbedPriority.Background)
        {
            await _queue.AddAsync(request, Cancel);
        }
        else
        {
            Assert.True(_queue.TryAdd(request));
        }
    }

    private EmbedRequest[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        EmbedTurn turn = new();
        Assert.True(_queue.TryTake(turn, out var request));
        _queue.End(turn);
        return request;
    })];
}

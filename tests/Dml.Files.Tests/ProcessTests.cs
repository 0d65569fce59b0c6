namespace Dml.Files.Tests;

public class ProcessTests
{
    public ProcessTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");

    [Theory]
    [InlineData(7)]
    [InlineData(0)]
    public void Every_thread_has_the_nice_value(int nice)
    {
        var values = Child.Run($"lower-{nice}").Split(' ');
        Assert.True(values.Length >= 3, $"{values.Length} threads");
        var before = int.Parse(Proc.Stat("self", Proc.Nice));
        Assert.All(values, value => Assert.Equal(nice == 0 ? before : Math.Max(nice, before), int.Parse(value)));
    }

    [Fact]
    public void A_process_that_leaves_the_group_leads_one_of_its_own()
    {
        Assert.Equal(Proc.Stat("self", Proc.ProcessGroup), Child.Run("stay-in-group"));
        var left = Child.Run("leave-group").Split(' ');
        Assert.Equal(left[0], left[1]);
    }

    [Fact]
    public void A_confined_process_has_little_memory_no_sockets_and_starts_no_program()
    {
        Assert.Equal("True True True", Child.Run("unconfined"));
        Assert.Equal("False False False", Child.Run("confined"));
    }

    [Fact]
    public async Task A_low_priority_thread_is_nice_and_no_other_is()
    {
        var before = Proc.Stat("thread-self", Proc.Nice);
        var (nice, name) = await LowPriorityThread.RunAsync(
            "counting", () => (Proc.Stat("thread-self", Proc.Nice), Thread.CurrentThread.Name));
        Assert.Equal(("15", "counting"), (nice, name));
        Assert.Equal(before, Proc.Stat("self", Proc.Nice));
    }

    [Fact]
    public async Task A_low_priority_thread_hands_on_how_its_work_ended()
    {
        var failing = LowPriorityThread.RunAsync<int>("failing", () => throw new InvalidDataException());
        await Assert.ThrowsAsync<InvalidDataException>(() => failing);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var cancelled = LowPriorityThread.RunAsync<int>("cancelled", () => throw new OperationCanceledException(stop.Token));
        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
        Assert.True(cancelled.IsCanceled);
    }
}

using System.Collections.Concurrent;
using System.Reflection;
using Dml.Tests.Shared;
using Xunit.v3;

[assembly: Bounded]

namespace Dml.Tests.Shared;

/// <summary>
/// Cancels a test that takes too long: every wait takes the test's cancellation token, so a fault that would hang the run fails one test.
/// Runs that are made longer by a variable, such as <c>RELIABILITY_KILLS</c>, have a day.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BoundedAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Most =
        Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("RELIABILITY_", StringComparison.Ordinal))
            ? TimeSpan.FromDays(1)
            : TimeSpan.FromMinutes(20);

    private readonly ConcurrentDictionary<string, Timer> _timers = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        _timers[test.UniqueID] = new Timer(
            _ =>
            {
                context.TestOutputHelper?.WriteLine($"Cancelled: it took more than {Most}.");
                context.CancelCurrentTest();
            },
            null, Most, Timeout.InfiniteTimeSpan);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_timers.TryRemove(test.UniqueID, out var timer))
        {
            timer.Dispose();
        }
    }
}

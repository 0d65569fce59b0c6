using Dml.Api.Tests.Support;

namespace Dml.Api.Tests.Reliability;

public sealed class KillStormTests
{
    // Two data folders at a time: a start keeps one core busy.
    private const int Storms = 2;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_in_a_storm_of_kills()
    {
        var kills = Amount.Of("KILLS", 16);
        var seed = Amount.Seed();
        await Task.WhenAll(Enumerable.Range(0, Storms).Select(async number =>
        {
            using var folder = new TestFolder();
            var storm = new KillStorm(folder, seed + number, TestContext.Current.CancellationToken);
            try
            {
                await storm.RunAsync(kills / Storms);
            }
            finally
            {
                Amount.Say($"storm {number}: {storm.Figures}");
            }
        }));
    }
}

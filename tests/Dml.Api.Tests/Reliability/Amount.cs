namespace Dml.Api.Tests.Reliability;

/// <summary>
/// How much a reliability test does: little in CI, as much as the environment says otherwise, for example
/// <c>RELIABILITY_KILLS=1000</c>. docs/reliability.md lists them.
/// </summary>
internal static class Amount
{
    public static int Of(string name, int usual) =>
        Environment.GetEnvironmentVariable($"RELIABILITY_{name}") is not { Length: > 0 } text ? usual
            : int.TryParse(text, out var number) && number > 0 ? number
            : throw new InvalidOperationException($"RELIABILITY_{name} is \"{text}\"; expected a whole number from 1.");

    /// <summary>The seed of the environment, else always the same; printed.</summary>
    public static int Seed()
    {
        var seed = Of("SEED", 1);
        Say($"RELIABILITY_SEED={seed}");
        return seed;
    }

    public static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}

using System.Diagnostics;
using System.Globalization;
using Dml.Api.Security;
using Dml.Benchmarks.Load;
using Dml.Client;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Benchmarks.Abuse;

/// <summary>
/// Hostile requests against the service in a group with little memory: what they are answered, what memory they take and leave taken, and
/// how much longer the searches of another caller take meanwhile.
/// </summary>
internal static class AbuseBenchmark
{
    private const int PictureCount = 100;
    private const long Megabyte = 1_000_000;

    // Memory comes back when the garbage collector next looks.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var memory = (long)options.Decimal("memory", 2_000_000_000);
        var seconds = TimeSpan.FromSeconds(options.Number("seconds", 10));
        var only = options.Text("only", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        options.RefuseOthers();
        var folder = Directory.CreateTempSubdirectory("dml-abuse-").FullName;
        using var group = MemoryCgroup.TryCreate(memory);
        Console.WriteLine(group is null
            ? "No memory cgroup can be made here (it needs root): the service runs without a limit."
            : $"The service runs in a memory cgroup of {memory} bytes.");
        try
        {
            var (hostile, friendly) = (KeySecret.Create(), KeySecret.Create());
            await using var service = await TemporaryService.StartAsync(
                [.. Key(0, "hostile", Role.Admin, hostile), .. Key(1, "friendly", Role.Write, friendly), "--Models:TrialSeconds=10"],
                cancel, group?.Join);
            service.Http.DefaultRequestHeaders.Add("X-Api-Key", friendly);
            var pictures = new PictureSeries([.. Enumerable.Range(0, PictureCount).Select(Picture)], areNew: true);
            var client = new DmlClient(service.Http);
            for (var i = 0; i < PictureCount; i++)
            {
                await client.PutItemAsync($"i{i}", Picture(i), null, cancel);
            }

            using var attacker = new Attacker(service.Address, hostile, folder);
            var searches = new PacedSearches(service.Http, pictures);
            await QuietAsync(searches, seconds);
            var rest = service.ResidentBytes;
            var quiet = Median.Percentile([.. (await QuietAsync(searches, seconds)).Times], 0.99);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"p99 of fifty searches a second without an attack: {quiet:F1} ms"));
            Console.WriteLine("| case | answers | MB before | at most | after | p99 of a search | times the quiet one | failed |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|");
            foreach (var attack in attacker.Cases().Where(attack => only.Length == 0 || only.Contains(attack.Name)))
            {
                Console.WriteLine(await MeasureAsync(service.Child, searches, attack, seconds, quiet, cancel));
            }

            await Task.Delay(Settling, cancel);
            Console.WriteLine(
                $"Resident memory was {rest / Megabyte} MB before all of them and is {service.ResidentBytes / Megabyte} MB at rest.");
            Console.WriteLine($"{group?.Kills.ToString(CultureInfo.InvariantCulture) ?? "unknown"} processes were killed for memory.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> MeasureAsync(
        ChildService service, PacedSearches searches, AbuseCase attack, TimeSpan seconds, double quiet, CancellationToken cancel)
    {
        var before = service.ResidentBytes;
        service.ForgetPeak();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var beside = Task.Run(() => searches.RunAsync(stop.Token), cancel);
        var answers = new List<string>();
        var watch = Stopwatch.StartNew();
        do
        {
            answers.AddRange(await attack.AttackAsync(cancel));
        }
        while (!attack.IsLong && watch.Elapsed < seconds && !service.HasExited);
        await stop.CancelAsync();
        var (times, failures) = await beside;
        if (service.HasExited)
        {
            return $"| {attack.Name} | **the service is gone** |";
        }

        var peak = service.PeakResidentBytes;
        var settled = Stopwatch.StartNew();
        while (service.ResidentBytes > before + (50 * Megabyte) && settled.Elapsed < Settling)
        {
            await Task.Delay(500, cancel);
        }

        var p99 = times.Count == 0 ? double.NaN : Median.Percentile([.. times], 0.99);
        var counted = string.Join(", ", answers.GroupBy(answer => answer).Select(group => $"{group.Count()} x {group.Key}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {attack.Name} | {counted} | {before / Megabyte} | {peak / Megabyte} | {service.ResidentBytes / Megabyte} | {p99:F1} ms "
            + $"| {p99 / quiet:F1} | {failures} of {times.Count + failures} |");
    }

    private static async Task<(IReadOnlyCollection<double> Times, int Failures)> QuietAsync(PacedSearches searches, TimeSpan seconds)
    {
        using var stop = new CancellationTokenSource(seconds);
        return await searches.RunAsync(stop.Token);
    }

    private static string[] Key(int place, string name, Role role, string secret) =>
    [
        $"--Security:Keys:{place}:Name={name}",
        $"--Security:Keys:{place}:Role={role}",
        $"--Security:Keys:{place}:Sha256={Convert.ToHexString(KeySecret.Hash(secret))}",
    ];

    private static byte[] Picture(int seed)
    {
        var rgb = new byte[128 * 128 * 3];
        new Random(seed).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, 128, 128);
        return noise.Encode(PictureFormat.Jpeg);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dml.Benchmarks.Ann;
using Dml.Index;
using Dml.Tests.Shared;

namespace Dml.Benchmarks.Tests;

/// <summary>The verb <c>ann</c> writes the format of the harness, and its recall is that of the index.</summary>
public sealed class AnnBenchmarkTests : IDisposable
{
    private static readonly string[] Built = [
        "peer", "set", "n", "m", "efc", "k", "build_threads", "build_s", "build_cpu_s", "rss_bytes", "index_bytes", "file_bytes", "search"];
    private static readonly string[] Loaded =
        ["peer", "set", "n", "m", "efc", "k", "build_threads", "load_s", "load_cpu_s", "load_rss_bytes", "index_bytes", "file_bytes",
        "search"];

    private readonly TemporaryFolder _folder = new();

    public AnnBenchmarkTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The harness reads CPU time and memory from Linux.");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("l2")]
    [InlineData("ip")]
    public void A_built_index_is_measured_field_by_field(string metric)
    {
        var set = new TinySet(_folder.Path, metric);
        var file = _folder.File("saved.index");

        var result = Run($"--m 6 --efc 40 --k 5 --efs 5,{TinySet.Count} --reps 3 --save {file}");

        Assert.Equal(Built, result.EnumerateObject().Select(field => field.Name));
        Assert.Equal("dml", result.GetProperty("peer").GetString());
        Assert.Equal(TinySet.Name, result.GetProperty("set").GetString());
        Assert.Equal([TinySet.Count, 6, 40, 5, 1],
            new[] { "n", "m", "efc", "k", "build_threads" }.Select(name => result.GetProperty(name).GetInt32()));
        Assert.True(result.GetProperty("build_s").GetDouble() > 0);
        Assert.True(result.GetProperty("build_cpu_s").GetDouble() > 0);
        Assert.Equal(new FileInfo(file).Length, result.GetProperty("file_bytes").GetInt64());
        var searches = result.GetProperty("search").EnumerateArray().ToList();
        Assert.Equal([5, TinySet.Count], searches.Select(search => search.GetProperty("ef").GetInt32()));
        Assert.All(searches, search =>
        {
            Assert.Equal(["ef", "recall", "ndist", "qps1", "qps1_cpu", "qps2"], search.EnumerateObject().Select(field => field.Name));
            Assert.All(["qps1", "qps1_cpu", "qps2"], rate =>
            {
                var repeats = search.GetProperty(rate).EnumerateArray().Select(number => number.GetDouble()).ToList();
                Assert.Equal(3, repeats.Count);
                Assert.All(repeats, repeat => Assert.True(repeat > 0));
            });
        });
        Assert.Equal(Recall(file, set, k: 5, ef: 5), searches[0].GetProperty("recall").GetDouble());
        Assert.InRange(searches[0].GetProperty("recall").GetDouble(), 0.1, 0.99);
        // A beam as wide as the set finds all neighbours.
        Assert.Equal(1, searches[1].GetProperty("recall").GetDouble());
    }

    [Fact]
    public void A_loaded_index_gives_the_recall_it_was_saved_with()
    {
        _ = new TinySet(_folder.Path, "ip");
        var file = _folder.File("saved.index");
        var built = Run($"--efs 10 --reps 1 --save {file}");

        var loaded = Run($"--efs 10 --reps 1 --load {file}");

        Assert.Equal(Loaded, loaded.EnumerateObject().Select(field => field.Name));
        Assert.Equal(new FileInfo(file).Length, loaded.GetProperty("file_bytes").GetInt64());
        Assert.Equal(built.GetProperty("search")[0].GetProperty("recall").GetDouble(),
            loaded.GetProperty("search")[0].GetProperty("recall").GetDouble());
    }

    [Fact]
    public void Without_searches_only_the_build_is_measured()
    {
        _ = new TinySet(_folder.Path, "l2");

        var result = Run("--threads 2 --search 0");

        Assert.Equal(Built, result.EnumerateObject().Select(field => field.Name));
        Assert.Equal(2, result.GetProperty("build_threads").GetInt32());
        Assert.Equal(-1, result.GetProperty("file_bytes").GetInt64());
        Assert.Empty(result.GetProperty("search").EnumerateArray());
    }

    [Fact]
    public async Task As_a_process_its_output_is_one_line_of_json()
    {
        _ = new TinySet(_folder.Path, "ip");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in Arguments("--efs 10,20 --reps 1").Prepend("ann").Prepend(typeof(AnnBenchmark).Assembly.Location))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, await errors);
        Assert.Equal(2, AnnResult.FromJson(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).Search.Count);
    }

    [Theory]
    [InlineData("--effs 10", "--effs")]
    [InlineData("--k 21", "20")]
    [InlineData("--efs ten", "ten")]
    [InlineData("--min-s -1", "-1")]
    [InlineData("--code int3", "int3")]
    [InlineData("--vectors clay", "clay")]
    [InlineData("--save a --load b", "exclude each other")]
    public void Wrong_options_are_refused_with_their_name(string options, string named)
    {
        _ = new TinySet(_folder.Path, "l2");

        var refusal = Assert.ThrowsAny<ArgumentException>(() => Run(options));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_does_not_fit_its_header_is_refused()
    {
        _ = new TinySet(_folder.Path, "l2");
        using (var file = File.OpenWrite(_folder.File($"{TinySet.Name}.query.f32")))
        {
            file.SetLength(file.Length - 4);
        }

        Assert.Contains("query.f32", Assert.Throws<ArgumentException>(() => Run("--reps 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Searches_on_one_thread_allocate_nothing()
    {
        var set = new TinySet(_folder.Path, "ip");
        var data = AnnData.Read(_folder.Path, TinySet.Name);
        var index = new HnswIndex(TinySet.Dimension, Metric.InnerProduct);
        for (var row = 0; row < TinySet.Count; row++)
        {
            index.Upsert(row, set.Base[row]);
        }

        var run = new QueryRun(index, data, k: 10, ef: 20);
        run.OneThread(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);

        Assert.Equal(0, Allocations.Of(() => run.OneThread(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_thread_s_clock_counts_its_own_work_alone()
    {
        var (thread, process) = (CpuClock.ThreadSeconds, CpuClock.ProcessSeconds);
        var other = new Thread(() =>
        {
            for (var begin = CpuClock.ThreadSeconds; CpuClock.ThreadSeconds - begin < 0.05;)
            {
            }
        });
        other.Start();
        Assert.True(other.Join(TimeSpan.FromMinutes(1)), "The other thread does not end.");

        Assert.InRange(CpuClock.ThreadSeconds - thread, 0, 0.025);
        Assert.True(CpuClock.ProcessSeconds - process >= 0.05);
    }

    [Fact]
    public unsafe void Anonymous_memory_grows_by_what_is_written()
    {
        const int Bytes = 64 << 20;
        var before = AnonymousMemory.Bytes;
        var block = NativeMemory.Alloc(Bytes);
        try
        {
            new Span<byte>(block, Bytes).Fill(1);

            // Other tests may free memory in the meantime.
            Assert.InRange(AnonymousMemory.Bytes - before, Bytes / 2, Bytes * 2L);
        }
        finally
        {
            NativeMemory.Free(block);
        }
    }

    private static double Recall(string file, TinySet set, int k, int ef)
    {
        var index = HnswIndex.Load(file);
        var neighbors = new Neighbor[k];
        var shared = 0;
        for (var query = 0; query < TinySet.QueryCount; query++)
        {
            index.Search(set.Queries[query], neighbors, new SearchOptions { EfSearch = ef });
            shared += neighbors.Select(neighbor => (int)neighbor.Key).Intersect(set.Exact[query].Take(k)).Count();
        }

        return Math.Round((double)shared / (k * TinySet.QueryCount), 5);
    }

    private JsonElement Run(string options)
    {
        using var output = new StringWriter();
        AnnBenchmark.Run(BenchmarkOptions.Parse(Arguments(options)), output, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
    }

    private IEnumerable<string> Arguments(string options) =>
        $"--data {_folder.Path} --set {TinySet.Name} --min-s 0.001 {options}".Split(' ').Chunk(2).GroupBy(pair => pair[0])
            .SelectMany(pairs => pairs.Last());
}

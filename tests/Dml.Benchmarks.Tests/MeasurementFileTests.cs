using System.Xml.Linq;
using Dml.Benchmarks.Ann;
using Dml.Benchmarks.Plot;

namespace Dml.Benchmarks.Tests;

/// <summary>Both file formats of the harness are read, and repeats of a point become one point.</summary>
public sealed class MeasurementFileTests : IDisposable
{
    private const string FirstPoint =
        """{"ef": 10, "recall": 0.9, "ndist": -1, "qps1": [100, 300, 200], "qps1_cpu": [1], "qps2": [7]}""";

    private const string SecondPoint =
        """{"ef": 10, "recall": 0.8, "ndist": -1, "qps1": [500, 400], "qps1_cpu": [2], "qps2": [9]}""";

    private const string Results = $$"""
        {"peer": "dml", "set": "emb", "build_threads": 1, "pass": 1, "search": [{{FirstPoint}}]}
        {"peer": "dml", "set": "emb", "build_threads": 2, "pass": 1, "search": []}

        {"peer": "dml", "set": "emb", "build_threads": 1, "pass": 2, "search": [{{SecondPoint}}]}

        """;

    private const string Report = """
        {"machine": {"passes": 1}, "sets": {"emb": {"hnswlib": {"build_s_1": [1], "points": [
          {"ef": 40, "recall": [0.99], "ndist": [], "qps1": [50, 10, 40, 20], "qps1_cpu": [60], "qps2": [70]},
          {"ef": 20, "recall": [0.96, 0.98], "ndist": [], "qps1": [80], "qps1_cpu": [90], "qps2": [95]}], "qps_at": {"0.90": null}}},
         "rand": {"hnswlib": {"points": [{"ef": 20, "recall": [0.5], "ndist": [], "qps1": [5], "qps1_cpu": [6], "qps2": [7]}]}}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Results_of_several_passes_are_one_point()
    {
        var curve = Assert.Single(RecallCurve.BySet(MeasurementFile.Read(_folder.Write("results.jsonl", Results), "qps1"))["emb"]);

        Assert.Equal("dml", curve.Peer);
        var point = Assert.Single(curve.Points);
        Assert.Equal(10, point.Ef);
        Assert.Equal(0.85, point.Recall, 1e-12);
        Assert.Equal(300, point.Rate);
    }

    [Fact]
    public void A_report_has_a_curve_for_each_set_and_peer_by_growing_width()
    {
        var sets = RecallCurve.BySet(MeasurementFile.Read(_folder.Write("report.json", Report), "qps1"));

        Assert.Equal(["emb", "rand"], sets.Keys.Order());
        Assert.Equal([new(20, 0.97, 80), new(40, 0.99, 30)], Assert.Single(sets["emb"]).Points);
        Assert.Equal([new(20, 0.5, 5)], Assert.Single(sets["rand"]).Points);
    }

    [Theory]
    [InlineData("qps1_cpu", 1.5)]
    [InlineData("qps2", 8)]
    public void The_rate_is_the_one_asked_for(string rate, double median) => Assert.Equal(
        median, RecallCurve.BySet(MeasurementFile.Read(_folder.Write("results.jsonl", Results), rate))["emb"][0].Points[0].Rate);

    [Fact]
    public void What_the_benchmark_writes_can_be_read()
    {
        var result = new AnnResult
        {
            Peer = "dml",
            Set = "emb",
            Count = 1,
            M = 16,
            EfConstruction = 200,
            K = 10,
            BuildThreads = 1,
            FileBytes = -1,
            Search = [new AnnSearch { Ef = 10, Recall = 0.5, Distances = -1, OneThread = [3], OneThreadCpu = [4], TwoThreads = [5] }],
        };

        Assert.Equal([new(10, 0.5, 3)],
            RecallCurve.BySet(MeasurementFile.Read(_folder.Write("one.jsonl", result.ToJson()), "qps1"))["emb"][0].Points);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"peer": "dml"}""")]
    [InlineData("""{"sets": {"emb": {"dml": {}}}}""")]
    public void Another_file_is_refused_with_its_name(string text) => Assert.Contains(
        "strange.json", Assert.Throws<ArgumentException>(() => MeasurementFile.Read(_folder.Write("strange.json", text), "qps1")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void One_picture_is_written_for_each_set()
    {
        var files = $"{_folder.Write("results.jsonl", Results)},{_folder.Write("report.json", Report)}";
        var pictures = _folder.File("pictures");

        RecallPlots.Run(BenchmarkOptions.Parse(["--results", files, "--out", pictures]));

        Assert.Equal(["emb.svg", "rand.svg"], Directory.GetFiles(pictures).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(pictures), picture => Assert.Equal("svg", XDocument.Load(picture).Root!.Name.LocalName));
        var peers = XDocument.Load(Path.Combine(pictures, "emb.svg")).Descendants()
            .Where(element => (string?)element.Attribute("class") == "legend");
        Assert.Equal(["dml", "hnswlib"], peers.Select(peer => peer.Elements().Last().Value));
    }

    [Fact]
    public void An_unknown_rate_is_refused() => Assert.Contains("qps1_cpu", Assert.Throws<ArgumentException>(() => RecallPlots.Run(
        BenchmarkOptions.Parse(["--results", _folder.Write("results.jsonl", Results), "--out", _folder.Path, "--rate", "qps3"]))).Message,
            StringComparison.Ordinal);
}

using System.Text.RegularExpressions;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>The design rules that can be checked on the source text.</summary>
public sealed partial class ArchitectureTests
{
    // A room may use only rooms on the floors below it. Rooms on one floor may use each other in one direction.
    private static readonly string[][] Floors =
    [
        ["Configuration", "Failures"],
        ["Telemetry", "Audit"],
        ["Http"],
        ["Security", "Limits", "Catalogue.Filters", "Catalogue", "Jobs"],
        ["Generations"],
        ["Gate", "Items", "Search", "Imports.Archives", "Imports", "Feedback", "Map"],
        ["Rollouts"],
        ["Retrains", "Backups", "Demo", "Health"],
        ["OpenApi"],
        ["Commands"],
    ];

    private const int MostCharacters = 140;
    private static readonly string Source = Path.Combine(Repository.Root, "src");

    public static TheoryData<string> Projects => [.. Directory.EnumerateDirectories(Source).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_circle_of_folders(string project)
    {
        var uses = UsesOf(project);
        // A folder that uses none of the others, or that none of the others uses, is in no circle.
        while (
            uses.Keys.FirstOrDefault(folder => !uses[folder].Any(uses.ContainsKey) || !uses.Values.Any(used => used.Contains(folder)))
                is { } free)
        {
            uses.Remove(free);
        }

        Assert.Empty(uses.Keys.Order());
    }

    [Fact]
    public void Rooms_use_only_the_floors_below()
    {
        var faults = new List<string>();
        foreach (var (room, used) in UsesOf("Dml.Api").Where(pair => pair.Key.Length > "Dml.Api.".Length))
        {
            faults.AddRange(used.Where(other => FloorOf(other) > FloorOf(room)).Select(other => $"{room} uses {other}"));
        }

        Assert.Empty(faults);
        // What starts the program stands above all of them.
        static int FloorOf(string name) => name == "Dml.Api" ? Floors.Length
            : Array.FindIndex(Floors, floor => floor.Contains(name["Dml.Api.".Length..])) is var floor and >= 0 ? floor
            : throw new InvalidOperationException($"{name} stands on no floor");
    }

    [Fact]
    public void Http_types_stay_at_the_edge()
    {
        var root = Path.Combine(Source, "Dml.Api");
        // Endpoints, the middleware, and the root that puts it in order.
        string[] edge = ["Http", "Security", "Limits", "Telemetry", "OpenApi"];
        var faults = SourcesOf("Dml.Api")
            .Where(path => Path.GetDirectoryName(path) != root
                && !edge.Contains(Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar)[0])
                && !Path.GetFileName(path).EndsWith("Api.cs", StringComparison.Ordinal)
                && HttpType().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(root, path));
        Assert.Empty(faults);
    }

    // Tests set the clock of everything that decides by the time. A command of the command line ends before anybody sets a clock.
    [Fact]
    public void The_service_reads_the_time_from_its_time_provider()
    {
        var root = Path.Combine(Source, "Dml.Api");
        var faults = SourcesOf("Dml.Api")
            .Where(path => !Path.GetRelativePath(root, path).StartsWith("Commands", StringComparison.Ordinal)
                && WallClock().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(root, path));
        Assert.Empty(faults);
    }

    // By default .NET takes commas for separators of thousands, and "0,1" for 1; so does the library of the command line.
    [Fact]
    public void No_number_is_read_with_commas()
    {
        var faults = Projects.SelectMany(project => SourcesOf(project.Data))
            .Where(path => CarelessNumber().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Source, path));
        Assert.Empty(faults);
        Assert.Matches(CarelessNumber(), "double.TryParse(text, out var number)");
        Assert.Matches(CarelessNumber(), "new Option<double?>(\"--beta\") { Description = \"Beta.\" };");
    }

    // In characters as a reader counts them, and not in UTF-16 code units.
    [Fact]
    public void No_line_is_longer_than_140_characters()
    {
        string[] endings = [".cs", ".css", ".html", ".js"];
        var faults = new[] { "src", "tests" }
            .SelectMany(folder => FilesBelow(Path.Combine(Repository.Root, folder)))
            .Where(path => endings.Contains(Path.GetExtension(path)))
            .SelectMany(path => File.ReadLines(path).Index()
                .Where(line => line.Item.EnumerateRunes().Count() > MostCharacters)
                .Select(line => $"{Path.GetRelativePath(Repository.Root, path)}:{line.Index + 1}"));
        Assert.Empty(faults);
    }

    // For each folder, by its namespace, the folders of the same project that its files use.
    private static Dictionary<string, HashSet<string>> UsesOf(string project)
    {
        var uses = new Dictionary<string, HashSet<string>>();
        var start = StartOf(project);
        foreach (var text in SourcesOf(project).Select(File.ReadAllText))
        {
            if (Namespace().Match(text) is { Success: true } match)
            {
                var folder = match.Groups["name"].Value;
                var others = Using().Matches(text).Select(used => used.Groups["name"].Value)
                    .Where(name => name != folder && (name == project || name.StartsWith(project + ".", StringComparison.Ordinal)));
                uses[folder] = [.. uses.GetValueOrDefault(folder, []), .. others];
                if (folder != project && start?.IsMatch(text) == true)
                {
                    uses[folder].Add(project);
                }
            }
        }

        return uses;
    }

    // What starts a program stands directly in its project and uses its folders. They see it without a using directive, so that it has to
    // be found by its names; null for a library, whose face stands there.
    private static Regex? StartOf(string project)
    {
        var folder = Path.Combine(Source, project);
        if (!File.Exists(Path.Combine(folder, "Program.cs")))
        {
            return null;
        }

        var names = string.Join('|', Directory.EnumerateFiles(folder, "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)));
        // As a type: not as a member of something else, nor after a colon as a setting.
        return new Regex($@"(?<![.:\w])({names})(\.|<|\()|\b(typeof\(|new )({names})\b|[(<,]\s*({names})\??(>| \w+[,)])");
    }

    private static IEnumerable<string> SourcesOf(string project) =>
        FilesBelow(Path.Combine(Source, project)).Where(path => Path.GetExtension(path) == ".cs");

    // Without what builds make.
    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Utc)?(Now|Today)\b|Environment\.TickCount")]
    private static partial Regex WallClock();

    [GeneratedRegex(
        @"\b(double|float|decimal|Half)\.(Try)?Parse\((?![^;{]*NumberStyles)"
        + @"|\b(Option|Argument)<(double|float|decimal)\??>\((?![^;]*CustomParser)")]
    private static partial Regex CarelessNumber();

    [GeneratedRegex(@"^using (static )?(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(
        @"\b(ProblemHttpResult|TypedResults|IResult|HttpContext|HttpRequest|HttpResponse|StatusCodes)\b|Microsoft\.AspNetCore\.(Http|Mvc)")]
    private static partial Regex HttpType();
}

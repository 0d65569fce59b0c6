using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.AspNetCore.Routing;
using YamlDotNet.RepresentationModel;

namespace Dml.Api.Tests;

/// <summary>The deployment files fit the program and each other. <c>deploy/check.sh</c> executes the Dockerfile.</summary>
public sealed partial class DeploymentTests
{
    private static readonly string[] Dockerfile =
    [
        .. File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"))
            .Replace("\\\n", "", StringComparison.Ordinal)
            .Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#'),
    ];

    [Fact]
    public void The_dockerfile_copies_what_the_build_needs()
    {
        var stages = Dockerfile
            .Where(line => line.StartsWith("FROM ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[^1])
            .ToHashSet();
        Assert.Superset(new HashSet<string> { "for-training", "for-search", "for-cuda", "service" }, stages);
        var copies = Dockerfile
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1..])
            .ToList();
        Assert.All(copies.Where(words => words[0].StartsWith("--from=", StringComparison.Ordinal)), words =>
            Assert.Contains(words[0][7..], stages));
        var sources = copies
            .Where(words => !words[0].StartsWith("--from=", StringComparison.Ordinal))
            .SelectMany(words => words[..^1])
            .ToHashSet();
        Assert.All(sources, source => Assert.True(Path.Exists(Path.Combine(Repository.Root, source)), source));
        // What every build reads.
        Assert.Superset(Directory.GetFiles(Repository.Root, "Directory.*").Select(path => Path.GetFileName(path)).ToHashSet(), sources);
        string[] programs = ["src/Dml.Api/Dml.Api.csproj", "src/Dml.Training/Dml.Training.csproj"];
        foreach (var project in programs.SelectMany(program => ProjectsOf(Path.Combine(Repository.Root, program))))
        {
            var folder = Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(project)!);
            Assert.Contains(sources, source => folder == source || folder.StartsWith($"{source}/", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_image_is_not_root_and_checks_itself()
    {
        // The last stage, which is made on top of each image's own.
        Assert.Equal("FROM for-${IMAGE} AS service", Dockerfile.Last(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        var lines = LinesOf("service");
        Assert.Contains("USER app", lines);
        Assert.Contains(lines, line =>
            line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal)
            && line.EndsWith("""CMD ["dotnet", "Dml.Api.dll", "health"]""", StringComparison.Ordinal));
        Assert.Equal("""ENTRYPOINT ["dotnet", "Dml.Api.dll"]""", lines[^1]);
    }

    [Fact]
    public void The_usual_image_holds_the_training_program_where_the_service_looks_for_it()
    {
        Assert.Contains("ARG IMAGE=training", Dockerfile);
        var lines = LinesOf("for-training");
        Assert.Contains(lines, line =>
            line.StartsWith("COPY --from=build-training ", StringComparison.Ordinal)
            && line.EndsWith(" /app/training", StringComparison.Ordinal));
        Assert.Equal("for-search", BaseOf("for-training"));
    }

    [Fact]
    public void Compose_runs_the_image_on_volumes()
    {
        var service = DeployFiles.Documents("compose.yaml").Single().At("services/dml")!;
        Assert.Null(service.At("build/target"));
        Assert.Null(service.At("build/args"));
        Assert.True(File.Exists(Path.GetFullPath(Path.Combine(DeployFiles.Folder, service.Text("build/context")!, "Dockerfile"))));
        Assert.Equal(
            ["data:/app/data", "models:/app/models", "backups:/app/backups"],
            ((YamlSequenceNode)service.At("volumes")!).Select(volume => volume.ToString()));
        Assert.True(SecondsOf(service.Text("stop_grace_period")!) > 30);
        var variables = ((YamlMappingNode)service.At("environment")!).Children.ToDictionary(pair => $"{pair.Key}", pair => $"{pair.Value}");
        Assert.All(variables.Keys, AssertIsSetting);
        AssertKeepsWhatMatters(variables);
        Assert.Equal("true", service.Text("read_only"));
    }

    [Fact]
    public async Task Kubernetes_runs_one_probed_service_and_the_nightly_calls()
    {
        using var folder = new TestFolder();
        await using var app = Program.Build(folder.Arguments());
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        var all = DeployFiles.Documents("kubernetes/dml.yaml").ToLookup(document => document.Text("kind")!);
        Assert.Equal(["dml-data", "dml-backups"], all["PersistentVolumeClaim"].Select(claim => claim.Text("metadata/name")));
        var documents = all.Where(kind => kind.Key != "PersistentVolumeClaim").ToDictionary(kind => kind.Key, kind => kind.Single());
        Assert.Equal(["CronJob", "Deployment", "NetworkPolicy", "Service"], documents.Keys.Order());
        var deployment = documents["Deployment"];
        Assert.Equal(("1", "Recreate"), (deployment.Text("spec/replicas"), deployment.Text("spec/strategy/type")));
        var pod = deployment.At("spec/template/spec")!;
        Assert.Equal("true", pod.Text("securityContext/runAsNonRoot"));
        Assert.Equal(
            ["dml-data", "dml-backups"],
            new[] { 0, 1 }.Select(volume => pod.Text($"volumes/{volume}/persistentVolumeClaim/claimName")));
        Assert.True(
            int.Parse(pod.Text("terminationGracePeriodSeconds")!)
                > 30 + int.Parse(pod.Text("containers/0/lifecycle/preStop/sleep/seconds")!));
        var container = pod.At("containers/0")!;
        foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
        {
            // Probes have no key.
            var path = container.Text($"{probe}/httpGet/path");
            Assert.Null(RequiredRole.Of(routes.Single(route => route.RoutePattern.RawText == path).Metadata));
            Assert.Equal(container.Text("ports/0/name"), container.Text($"{probe}/httpGet/port"));
        }

        Assert.Equal("/healthz/ready", container.Text("readinessProbe/httpGet/path"));
        var variables = ((YamlSequenceNode)container.At("env")!)
            .ToDictionary(variable => variable.Text("name")!, variable => variable.Text("value"));
        Assert.All(variables.Keys, AssertIsSetting);
        AssertKeepsWhatMatters(variables);
        Assert.NotNull(container.Text("resources/limits/memory"));
        Assert.Equal(deployment.Text("spec/template/metadata/labels/app"), documents["Service"].Text("spec/selector/app"));

        var policy = documents["NetworkPolicy"];
        Assert.Equal(deployment.Text("spec/template/metadata/labels/app"), policy.Text("spec/podSelector/matchLabels/app"));
        Assert.Empty((YamlSequenceNode)policy.At("spec/egress")!);

        var nightly = documents["CronJob"].At("spec/jobTemplate/spec/template/spec")!;
        Assert.Equal("true", nightly.Text("securityContext/runAsNonRoot"));
        Assert.Contains("backups retrain", nightly.Text("containers/0/args/0")!, StringComparison.Ordinal);
        Assert.Equal(
            pod.Text("containers/0/env/7/valueFrom/secretKeyRef/name"), nightly.Text("containers/0/env/0/valueFrom/secretKeyRef/name"));
    }

    [Fact]
    public void Systemd_units_name_one_another()
    {
        var units = Directory
            .EnumerateFiles(Path.Combine(DeployFiles.Folder, "systemd"))
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllLines);
        Assert.Equal(["dml-nightly.service", "dml-nightly.timer", "dml.service"], units.Keys.Order(StringComparer.Ordinal));
        Assert.All(units.Values.SelectMany(lines => lines), line => Assert.Matches(UnitLine(), line));
        Assert.Contains("Requisite=dml.service", units["dml-nightly.service"]);
        Assert.Contains("ExecStart=/usr/bin/dotnet /opt/dml/Dml.Api.dll", units["dml.service"]);
        Assert.Contains("User=dml", units["dml.service"]);
        // The data are the owner's alone, and a training that takes too much memory ends alone.
        string[] lines = ["UMask=0077", "StateDirectoryMode=0700", "MemoryMax=80%", "OOMPolicy=continue"];
        Assert.All(lines, line => Assert.Contains(line, units["dml.service"]));
        var variables = units["dml.service"]
            .Where(line => line.StartsWith("Environment=", StringComparison.Ordinal))
            .SelectMany(line => line["Environment=".Length..].Split(' '))
            .ToDictionary(pair => pair.Split('=')[0], pair => pair.Split('=')[1]);
        Assert.All(variables.Keys, AssertIsSetting);
        AssertKeepsWhatMatters(variables);
    }

    // Nobody is let in without a key, and backups do not fill the disk of the data.
    private static void AssertKeepsWhatMatters<T>(Dictionary<string, T> variables)
    {
        Assert.Equal("true", $"{variables["Security__RequireKeys"]}");
        Assert.Equal("2", $"{variables["Backup__Keep"]}");
        Assert.StartsWith("/", $"{variables["Backup__Folder"]}", StringComparison.Ordinal);
        if (variables.TryGetValue("Data__Folder", out var data))
        {
            Assert.DoesNotContain($"{data}", $"{variables["Backup__Folder"]}", StringComparison.Ordinal);
        }
    }

    // A misspelt variable would be ignored in silence.
    private static void AssertIsSetting(string variable)
    {
        var key = IndexOfList().Replace(variable.Replace("__", ":", StringComparison.Ordinal), "");
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        Assert.True(
            docs.Contains($"`{key}`", StringComparison.Ordinal) || key.StartsWith("Security:Keys:", StringComparison.Ordinal),
            $"docs/operations.md does not know {key}");
    }

    private static List<string> LinesOf(string stage) =>
        [
            .. Dockerfile
                .SkipWhile(line => !line.EndsWith($" AS {stage}", StringComparison.Ordinal))
                .Skip(1)
                .TakeWhile(line => !line.StartsWith("FROM ", StringComparison.Ordinal)),
        ];

    private static string BaseOf(string stage) =>
        Dockerfile.Single(line => line.EndsWith($" AS {stage}", StringComparison.Ordinal)).Split(' ')[1];

    private static IEnumerable<string> ProjectsOf(string project) => XDocument.Load(project).Descendants("ProjectReference")
        .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value)))
        .SelectMany(ProjectsOf).Append(project);

    private static int SecondsOf(string duration) => int.Parse(duration.TrimEnd('s'));

    [GeneratedRegex(@"^(|#.*|\[(Unit|Service|Timer|Install)\]|[A-Za-z]+=.+)$")]
    private static partial Regex UnitLine();

    [GeneratedRegex(@":\d+(?=:)")]
    private static partial Regex IndexOfList();
}

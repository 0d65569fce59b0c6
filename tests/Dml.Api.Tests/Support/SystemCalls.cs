using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Dml.Api.Tests.Support;

/// <summary>Starts a program under strace, in an empty home folder, and tells what it wrote to and whom it called.</summary>
internal sealed partial class SystemCalls
{
    // A folder that is open, and a path that begins there.
    private const string Place = @"(?:(?:AT_FDCWD|\d+)(?:<(?<folder>[^>]*)>)?, )?""(?<path>(?:[^""\\]|\\.)*)""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _root;
    private readonly string _log;

    /// <param name="root">A folder; the program's home and its folder for temporary files are made in it.</param>
    /// <param name="name">Of the program.</param>
    public SystemCalls(string root, string name)
    {
        _root = root;
        Home = Directory.CreateDirectory(Path.Combine(root, $"home of {name}")).FullName;
        Temporary = Directory.CreateDirectory(Path.Combine(root, $"temporary files of {name}")).FullName;
        _log = Path.Combine(root, $"calls of {name}");
    }

    /// <summary>Why this cannot be used here, or null.</summary>
    public static string? Unavailable { get; } = FindProblem();

    public string Home { get; }

    public string Temporary { get; }

    /// <summary>The words before the command; the process that they start becomes the program.</summary>
    public string[] Before =>
    [
        "env", "-u", "ORT_DISABLE_TELEMETRY", "-u", "XDG_CACHE_HOME", "-u", "XDG_CONFIG_HOME", "-u", "XDG_DATA_HOME",
        "-u", "XDG_STATE_HOME", $"HOME={Home}", $"TMPDIR={Temporary}", "strace", "-D", "-f", "-q", "-y", "-s", "1000", "--seccomp-bpf",
        "-e", "trace=connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,"
            + "symlink,symlinkat,truncate,fsync,fdatasync,syncfs",
        "-o", _log,
    ];

    /// <summary>What the program and those that it started did, once it has ended.</summary>
    /// <param name="process">The process's id.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<Footprint> ReadAsync(int process, CancellationToken cancel)
    {
        // The tracer outlives the program by a moment.
        var watch = Stopwatch.StartNew();
        string text;
        while (!Regex.IsMatch(text = await File.ReadAllTextAsync(_log, cancel), $@"(?m)^{process} +\+\+\+ "))
        {
            Assert.True(watch.Elapsed < Patience, $"strace does not say how {process} ended");
            await Task.Delay(50, cancel);
        }

        var lines = text.Split('\n').Where(line => !line.Contains(" = -1 ", StringComparison.Ordinal)).ToList();
        var written = lines
            .Select(line => Writing().Match(line))
            .Where(match => match.Success)
            .Select(match => Path.GetFullPath(
                Unescape(match.Groups["path"].Value),
                match.Groups["folder"].Success ? match.Groups["folder"].Value : Environment.CurrentDirectory));
        var flushed = lines.Select(line => Flushing().Match(line)).Where(match => match.Success)
            .Select(match => Unescape(match.Groups["path"].Value));
        var calls = text.Split('\n').Where(line => Calling().IsMatch(line));
        return new Footprint([.. written.Distinct()], [.. flushed], [.. calls], Directory.GetFileSystemEntries(Home));
    }

    /// <summary>Runs a program to its end.</summary>
    public async Task<Footprint> RunAsync(string[] command, CancellationToken cancel)
    {
        string[] words = [.. Before, .. command];
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _root,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel).WaitAsync(Patience, cancel);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await ReadAsync(process.Id, cancel);
    }

    private static string? FindProblem()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "strace is a program of Linux";
        }

        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("strace", ["-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"strace cannot trace here: {process.StandardError.ReadToEnd().Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "strace is not installed";
        }
    }

    private static string Unescape(string text) => Regex.Unescape(text);

    // An open for writing, or a call that makes a name; of two names the last one.
    [GeneratedRegex(
        @"^\d+ +(?:open(?:at)?\(" + Place + @", [^)]*O_(?:WRONLY|RDWR|CREAT)|"
        + @"(?:creat|mkdir|mknod|rename|link|symlink|truncate)\w*\(.*?" + Place + @"[^""]*$)")]
    private static partial Regex Writing();

    [GeneratedRegex(@"^\d+ +(?:fsync|fdatasync|syncfs)\(\d+<(?<path>[^>]*)>\) += 0")]
    private static partial Regex Flushing();

    // A connection or a message to another machine, or the first step to find one by its name.
    [GeneratedRegex(@"sa_family=AF_INET|""/etc/(?:resolv\.conf|hosts)""|sendmmsg\(")]
    private static partial Regex Calling();
}

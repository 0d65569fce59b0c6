using System.Diagnostics;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using static Dml.Api.Tests.Support.ImportedFiles;

namespace Dml.Api.Tests;

/// <summary>Paths, names and labels of imported files, whatever they come from.</summary>
public sealed class ImportNameTests : IAsyncLifetime
{
    private ImportedFiles _import = null!;

    public async ValueTask InitializeAsync() => _import = await StartAsync();

    public ValueTask DisposeAsync() => _import.DisposeAsync();

    [Theory]
    [MemberData(nameof(ImportedFiles.Archives), MemberType = typeof(ImportedFiles))]
    public async Task A_path_is_the_same_however_it_is_written(string kind)
    {
        string[] paths =
        [
            "./cls/one.png",
            ".//cls//two.png",
            "x/y/../../cls/three.png",
            "cls\\four.png",
            "/cls/five.png",
            "././cls/./six.png",
            "../out.png",
            "cls/../../out.png",
            "./.git/seven.png",
            "__MACOSX/._eight.png",
        ];
        var files = paths.Select((path, i) => (path, Pictures.Blocks(i))).ToArray();
        var job = await _import.ImportAsync(kind, files);
        Assert.Equal((JobState.Succeeded, 6, 0, 0, 2), Counts(job));
        Assert.Equal(2, (int)job.Result!["hidden"]!);
        Assert.Equal(
            ["../out.png: The path leads out of the import.", "cls/../../out.png: The path leads out of the import."], Problems(job));
        Assert.Equal(
            new[] { "five", "four", "one", "six", "three", "two" }.ToDictionary(name => $"cls.{name}.png", _ => (string?)"cls"),
            await _import.LabelsAsync());
        Assert.Equal((JobState.Succeeded, 0, 0, 6, 2), Counts(await _import.ImportAsync(kind, files)));
    }

    [Theory]
    [MemberData(nameof(ImportedFiles.Archives), MemberType = typeof(ImportedFiles))]
    public async Task The_last_entry_of_a_name_wins_and_repeating_changes_nothing(string kind)
    {
        var files = Enumerable.Range(0, 40)
            .SelectMany(i => new[] { ($"dd/{i}.png", Pictures.Blocks(i)), ($"./dd/{i}.png", Pictures.Blocks(i + 1000)) })
            .ToArray();
        var job = await _import.ImportAsync(kind, files);
        Assert.Equal((JobState.Succeeded, 40, 0, 0, 0), Counts(job));
        Assert.Equal((40, 40L, 40L), ((int)job.Result!["superseded"]!, job.Done, job.Total!.Value));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(Pictures.Blocks(i + 1000), await _import.Client.ImageAsync($"dd.{i}.png", TestContext.Current.CancellationToken));
        }

        Assert.Equal((JobState.Succeeded, 0, 0, 40, 0), Counts(await _import.ImportAsync(kind, files)));
    }

    [Theory]
    [MemberData(nameof(Sources), MemberType = typeof(ImportedFiles))]
    public async Task A_label_is_composed_trimmed_and_shows_what_it_is(string kind)
    {
        (string, byte[])[] files =
        [
            ("cafe\u0301/one.png", Pictures.Blocks(1)),
            ("sp3 /two.png", Pictures.Blocks(2)),
            ("a\u202egnp/three.png", Pictures.Blocks(3)),
            ("zero\u200bwidth/four.png", Pictures.Blocks(4)),
            ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645/five.png", Pictures.Blocks(5)),
            ("\ud83d\udc69\u200d\ud83d\udc67/six.png", Pictures.Blocks(6)),
        ];
        var job = await _import.ImportAsync(kind, files);
        Assert.Equal((JobState.Succeeded, 4, 0, 0, 2), Counts(job));
        Assert.StartsWith(
            "a<U+202E>gnp/three.png: The name of the folder cannot be a label.", Problems(job)[0], StringComparison.Ordinal);
        Assert.StartsWith("zero<U+200B>width/four.png: ", Problems(job)[1], StringComparison.Ordinal);
        Assert.Equal(
            ["caf\u00e9", "sp3", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\ud83d\udc69\u200d\ud83d\udc67"],
            (await _import.LabelsAsync()).Values.Order(StringComparer.Ordinal));

        Assert.Equal((JobState.Succeeded, 0, 0, 4, 2), Counts(await _import.ImportAsync(kind, files)));
        Assert.Equal(
            (JobState.Succeeded, 0, 0, 1, 0), Counts(await _import.ImportAsync(kind, ("caf\u00e9/one.png", Pictures.Blocks(1)))));
        Assert.Single(
            await _import.Client.ItemsAsync("cafe\u0301", TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Zip_names_in_code_page_437_stay_apart()
    {
        var archive = new ZipBytes()
            .Add(TarBytes.Latin1("caf\x82/one.png"), Pictures.Blocks(1))
            .Add(TarBytes.Latin1("caf\x85/one.png"), Pictures.Blocks(2))
            .Add(TarBytes.Latin1("caf\x8a/one.png"), Pictures.Blocks(3), method: 8)
            // The same names in UTF-8, with and without the flag that says so; with the flag and yet not in UTF-8.
            .Add("caf\u00e9/one.png"u8.ToArray(), Pictures.Blocks(4), flags: 0x800)
            .Add("caf\u00e0/one.png"u8.ToArray(), Pictures.Blocks(5))
            .Add(TarBytes.Latin1("caf\x9c/one.png"), Pictures.Blocks(6), flags: 0x800)
            .End("a comment");
        var job = await _import.ImportAsync(archive);
        Assert.Equal((JobState.Succeeded, 6, 0, 0, 0), Counts(job));
        Assert.Equal(
            ["caf\u00a3", "caf\u00e0", "caf\u00e0", "caf\u00e8", "caf\u00e9", "caf\u00e9"],
            (await _import.LabelsAsync()).Values.Order(StringComparer.Ordinal));
        Assert.Equal(6, Counts(await _import.ImportAsync(archive)).Present);
    }

    [Fact]
    public async Task A_zip_name_in_unicode_beside_the_other_is_taken_if_it_belongs_to_it()
    {
        var name = TarBytes.Latin1("?/one.png");
        byte[] Field(uint sum, byte[] text) => [0x75, 0x70, (byte)(5 + text.Length), 0, 1, .. BitConverter.GetBytes(sum), .. text];
        var archive = new ZipBytes()
            .Add(name, Pictures.Blocks(1), extra: Field(ZipBytes.Crc(name), "\u6a61/one.png"u8.ToArray()))
            .Add(name, Pictures.Blocks(2), extra: Field(1, "\u6a62/one.png"u8.ToArray()))
            .End();
        Assert.Equal((JobState.Succeeded, 2, 0, 0, 0), Counts(await _import.ImportAsync(archive)));
        Assert.Equal(["?", "\u6a61"], (await _import.LabelsAsync()).Values.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tar_names_that_are_not_utf8_stay_apart(bool isCompressed)
    {
        var archive = new TarBytes()
            .Add("caf\xe9/one.png", Pictures.Blocks(1))
            .Add("caf\xe8/one.png", Pictures.Blocks(2))
            .Add(Encoding.Latin1.GetString("caf\u00e9/one.png"u8), Pictures.Blocks(3))
            .AddPax("path", new string('d', 150) + "/caf\u00e9.png").Add("short", Pictures.Blocks(4))
            .Add("././@LongLink", TarBytes.Latin1(new string('e', 150) + "/caf\xe9.png\0"), 'L', magic: "ustar  ")
            .Add("short", Pictures.Blocks(5), magic: "ustar  ")
            .Add("two.png", Pictures.Blocks(6), change: header => "prefix"u8.CopyTo(header.AsSpan(345)))
            .End();
        var job = await _import.ImportAsync(isCompressed ? GZip(archive) : archive);
        Assert.Equal((JobState.Succeeded, 6, 0, 0, 0), Counts(job));
        Assert.Equal(
            ["caf\u00e8", "caf\u00e9", "caf\u00e9", new string('d', 150), new string('e', 150), "prefix"],
            (await _import.LabelsAsync()).Values.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Folder_names_that_are_not_utf8_are_named_and_the_rest_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has such names.");
        var folder = Path.Combine(_import.Root, "a");
        Directory.CreateDirectory(Path.Combine(folder, "cls"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "cls", "one.png"), Pictures.Blocks(1), TestContext.Current.CancellationToken);
        await ShellAsync(folder, "mkdir $'caf\\xe9' && cp cls/one.png $'caf\\xe9' && cp cls/one.png $'cls/\\xe8.png'");

        var job = await _import.ImportFolderAsync(folder);
        // .NET cannot delete them either.
        await ShellAsync(folder, "rm -r caf* cls");
        Assert.Equal((JobState.Succeeded, 1, 0, 0, 2), Counts(job));
        Assert.All(Problems(job), problem => Assert.Contains("is not valid UTF-8", problem, StringComparison.Ordinal));
    }

    // The shell can name files by bytes.
    private static async Task ShellAsync(string folder, string command)
    {
        var start = new ProcessStartInfo("bash") { ArgumentList = { "-c", command }, WorkingDirectory = folder };
        using var shell = Process.Start(start)!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Audit;
using Dml.Api.Catalogue;
using Dml.Api.Jobs;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Who did what, from where, and how it ended.</summary>
public sealed class AuditTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_changes_the_catalogue_for_all_is_recorded()
    {
        _folder.AddModel("other", seed: 9);
        await using var service = await TestService.StartAsync(_folder, _keys.Settings);
        service.Http.DefaultRequestHeaders.Add(KeyIdentity.Header, _keys[Role.Admin]);
        using var put = await service.Http.PutAsync("x", Pictures.Blocks(1));
        Assert.Equal(201, (int)put.StatusCode);
        Assert.True(await service.Client.DeleteItemAsync("x", Cancel));
        var backup = await service.Client.BackUpAsync(Cancel);
        await service.Client.WaitForJobAsync(backup.Id, Cancel);
        Assert.True(await service.Client.DeleteModelAsync("other", Cancel));
        using var import = await service.Http.PostAsync("imports", new StringContent("no archive"), Cancel);
        using var retrain = await service.Http.PostAsync("retrain", null, Cancel);

        var deleted = await FindAsync("item.delete");
        Assert.Equal(
            ("Admin", "127.0.0.1", "DELETE /items/x", "done", 204),
            ((string?)deleted["key"], (string?)deleted["address"], (string?)deleted["target"], (string?)deleted["outcome"],
                (int)deleted["status"]!));
        Assert.NotNull(deleted["request"]);
        Assert.InRange(
            DateTimeOffset.Parse((string)deleted["at"]!), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(1));
        var written = await FindAsync("backup.create");
        Assert.Equal(("accepted", backup.Id), ((string?)written["outcome"], (string?)written["job"]));
        Assert.Equal("done", (string?)(await FindAsync("model.delete"))["outcome"]);
        var imported = await FindAsync("import");
        Assert.Equal("failed", (string?)imported["outcome"]);
        using var problem = JsonDocument.Parse(await import.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(problem.RootElement.GetProperty("code").GetString(), (string?)imported["code"]);
        Assert.Equal((int)retrain.StatusCode, (int)(await FindAsync("retrain"))["status"]!);
        // Reading and adding are everyday work, and are not recorded.
        Assert.DoesNotContain(
            AuditLines.Read(_folder.Data), line => ((string?)line["target"])!.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_a_job_ended_is_recorded_with_who_asked_for_it()
    {
        string interrupted;
        await using (var service = await TestService.StartAsync(_folder, [.. _keys.Settings, "--Data:ScrubBytesPerSecond=0"]))
        {
            service.Http.DefaultRequestHeaders.Add(KeyIdentity.Header, _keys[Role.Admin]);
            using var put = await service.Http.PutAsync("x", Pictures.Blocks(1));
            var done = await service.Client.BackUpAsync(Cancel);
            Assert.Equal(
                ("backup", "Admin", "127.0.0.1", "done"), await EndAsync(done.Id, "is complete."));

            Directory.Move(Path.Combine(_folder.Data, "blobs"), Path.Combine(_folder.Data, "elsewhere"));
            var failed = await service.Client.BackUpAsync(Cancel);
            Assert.Equal(("backup", "Admin", "127.0.0.1", "failed"), await EndAsync(failed.Id, ""));

            // What the service does by itself was asked for by nobody.
            var jobs = service.Services.GetRequiredService<JobBoard>();
            var own = jobs.Start(JobKind.Rollout, "A test", async (_, cancel) =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return null;
            });
            using var cancelled = await service.Http.DeleteAsync($"jobs/{own.Id}", Cancel);
            Assert.Equal(("rollout", null, null, "cancelled"), await EndAsync(own.Id, "Cancelled."));
            interrupted = done.Id;
        }

        // One that a kill interrupted has ended when the next start finds it.
        var file = Path.Combine(_folder.Data, "jobs", $"{interrupted}.json");
        await File.WriteAllTextAsync(
            file, (await File.ReadAllTextAsync(file, Cancel)).Replace("succeeded", "running", StringComparison.Ordinal), Cancel);
        foreach (var old in Directory.GetFiles(_folder.Data, "audit*.jsonl"))
        {
            File.Delete(old);
        }

        await using var next = await TestService.StartAsync(_folder, [.. _keys.Settings, "--Data:ScrubBytesPerSecond=0"]);
        Assert.Equal(("backup", "Admin", "127.0.0.1", "failed"), await EndAsync(interrupted, "The service stopped while this job ran"));

        async Task<(string?, string?, string?, string?)> EndAsync(string id, string detail)
        {
            var line = await AuditLines.FindAsync(
                _folder.Data, line => (string?)line["action"] == "job.end" && (string?)line["job"] == id);
            Assert.Contains(detail, (string)line["detail"]!, StringComparison.Ordinal);
            return ((string?)line["target"], (string?)line["key"], (string?)line["address"], (string?)line["outcome"]);
        }
    }

    [Theory]
    [InlineData(13, 507, "disk-full")]
    [InlineData(10, 500, "internal")]
    public async Task A_failure_is_recorded_as_the_caller_was_told(int sqlite, int status, string code)
    {
        await using var service = await TestService.StartAsync(_folder, _keys.Settings);
        service.Http.DefaultRequestHeaders.Add(KeyIdentity.Header, _keys[Role.Admin]);
        using var put = await service.Http.PutAsync("x", Pictures.Blocks(1));
        Assert.Equal(201, (int)put.StatusCode);
        service.Services.GetRequiredService<FaultInjection>().BeforeStatement = sql =>
        {
            if (sql.StartsWith("DELETE", StringComparison.Ordinal))
            {
                throw new SqliteException("the disk", sqlite);
            }
        };
        using var delete = await service.Http.DeleteAsync("items/x", Cancel);
        Assert.Equal(status, (int)delete.StatusCode);

        var line = await FindAsync("item.delete");
        Assert.Equal(
            ("failed", status, code, "Admin"),
            ((string?)line["outcome"], (int)line["status"]!, (string?)line["code"], (string?)line["key"]));
    }

    [Theory]
    [InlineData(null, "key-missing")]
    [InlineData("dml_wrong", "key-unknown")]
    [InlineData("search", "role-too-low")]
    [InlineData("foreign", "foreign-origin")]
    public async Task Who_is_refused_is_recorded_with_the_reason(string? secret, string code)
    {
        await using var service = await TestService.StartAsync(_folder, _keys.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Delete, "items/x");
        if (secret is not null)
        {
            request.Headers.Add(
                KeyIdentity.Header, secret == "search" ? _keys[Role.Search] : secret == "foreign" ? _keys[Role.Write] : secret);
        }

        if (secret == "foreign")
        {
            request.Headers.Add("Origin", "https://elsewhere.example");
        }

        using var answer = await service.Http.SendAsync(request, Cancel);
        var line = await FindAsync("item.delete");
        Assert.Equal(("refused", code), ((string?)line["outcome"], (string?)line["code"]));
        Assert.Equal((int)answer.StatusCode, (int)line["status"]!);
        // Never the secret, not even a wrong one: it may be a typing error away from the right one.
        Assert.DoesNotContain("dml_", line.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_refusals_is_counted_and_does_not_hide_the_rest()
    {
        const int Refusals = 300;
        await using (var service = await TestService.StartAsync(_folder, [.. _keys.Settings, "--Limits:RequestsPerSecond=0"]))
        {
            for (var i = 0; i < Refusals; i++)
            {
                using var refused = await service.Http.GetAsync("stats", Cancel);
                Assert.Equal(401, (int)refused.StatusCode);
            }

            service.Http.DefaultRequestHeaders.Add(KeyIdentity.Header, _keys[Role.Admin]);
            using var deleted = await service.Http.DeleteAsync("items/none", Cancel);
        }

        var lines = AuditLines.Read(_folder.Data);
        var written = lines.Count(line => (int?)line["status"] == 401);
        // A minute may end in between.
        Assert.InRange(written, RefusalPace.OfOneAddress, 4 * RefusalPace.OfOneAddress);
        Assert.Equal(Refusals - written, lines.Sum(line => (long?)line["suppressed"] ?? 0));
        Assert.Equal("failed", (string?)lines.Single(line => (string?)line["action"] == "item.delete")["outcome"]);
    }

    [Fact]
    public async Task What_was_not_written_is_counted_at_the_end_of_a_minute()
    {
        const int More = 3;
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var service = await TestService.StartAsync(
            _folder, services => services.AddSingleton<TimeProvider>(clock), [.. _keys.Settings, "--Limits:RequestsPerSecond=0"]);
        for (var i = 0; i < RefusalPace.OfOneAddress + More; i++)
        {
            using var refused = await service.Http.GetAsync("stats", Cancel);
            Assert.Equal(401, (int)refused.StatusCode);
        }

        // Its minutes are counted from when it begins to write.
        await AuditLines.FindAsync(_folder.Data, line => (int?)line["status"] == 401);
        clock.Advance(TimeSpan.FromMinutes(1));
        var line = await AuditLines.FindAsync(_folder.Data, line => line["suppressed"] is not null);
        Assert.Equal((More, clock.GetUtcNow()), ((int)line["suppressed"]!, DateTimeOffset.Parse((string)line["at"]!)));
        // And the next minute has lines of its own.
        using var another = await service.Http.GetAsync("jobs", Cancel);
        await AuditLines.FindAsync(_folder.Data, line => ((string?)line["target"])?.EndsWith("/jobs", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Addresses_share_the_lines_of_a_minute()
    {
        var pace = new RefusalPace();
        var written = Enumerable.Range(0, 1000).Count(i => pace.TryTake($"10.0.{i / 250}.{i % 250}"));
        Assert.Equal(RefusalPace.OfAll, written);
        Assert.Equal(1000 - RefusalPace.OfAll, pace.Next());
        Assert.True(pace.TryTake("10.0.0.1"));
        Assert.Equal(0, pace.Next());
    }

    [Fact]
    public async Task The_files_stay_bounded()
    {
        const int MaxBytes = 4096;
        await using (var service = await TestService.StartAsync(_folder, $"--Audit:MaxBytes={MaxBytes}", "--Audit:Files=3"))
        {
            for (var i = 0; i < 200; i++)
            {
                using var answer = await service.Http.DeleteAsync($"items/none-{i:d4}", Cancel);
                Assert.Equal(404, (int)answer.StatusCode);
                if (i % 20 == 19)
                {
                    await AuditLines.FindAsync(
                        _folder.Data, line => ((string)line["target"]!).EndsWith($"{i:d4}", StringComparison.Ordinal));
                }
            }
        }

        var files = Directory.GetFiles(_folder.Data, "audit*.jsonl");
        Assert.Equal(3, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, MaxBytes));
        // The newest lines are kept, in order and without a gap.
        var kept = AuditLines.Read(_folder.Data).Select(line => int.Parse(((string)line["target"]!)[^4..])).ToList();
        Assert.Equal(Enumerable.Range(200 - kept.Count, kept.Count), kept);
    }

    [Fact]
    public async Task A_service_that_is_told_to_keeps_no_log()
    {
        await using (var service = await TestService.StartAsync(_folder, "--Audit:Files=0"))
        {
            using var answer = await service.Http.DeleteAsync("items/none", Cancel);
        }

        Assert.Empty(Directory.GetFiles(_folder.Data, "audit*.jsonl"));
    }

    [Fact]
    public async Task Commands_and_the_service_write_to_the_same_log()
    {
        await using var service = await TestService.StartAsync(_folder);
        Assert.Equal(0, await Program.RunAsync(["keys", "create", "--name=ci", "--role=write", $"--Data:Folder={_folder.Data}"]));
        Assert.Equal(0, await Program.RunAsync(["keys", "revoke", "--name=ci", $"--Data:Folder={_folder.Data}"]));
        foreach (var action in new[] { "key.create", "key.revoke" })
        {
            var line = await FindAsync(action);
            Assert.Equal(
                ("ci", Environment.UserName, "done"), ((string?)line["target"], (string?)line["user"], (string?)line["outcome"]));
        }
    }

    [Fact]
    public async Task A_restore_is_recorded_in_the_restored_folder()
    {
        var archive = Path.Combine(_folder.Data, "..", "dml.tar");
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
            var job = await service.Client.WaitForJobAsync((await service.Client.BackUpAsync(Cancel)).Id, Cancel);
            Assert.Equal(JobState.Succeeded, job.State);
            File.Copy(Directory.GetFiles(Path.Combine(_folder.Data, "backups")).Single(), archive);
        }

        using var other = new TestFolder();
        // A folder with keys, and so with lines of the log, counts as empty.
        Assert.Equal(0, await Program.RunAsync(["keys", "create", "--name=me", "--role=admin", $"--Data:Folder={other.Data}"]));
        Assert.Equal(0, await Program.RunAsync(["restore", $"--from={archive}", $"--Data:Folder={other.Data}"]));
        Assert.Equal(["key.create", "restore"], AuditLines.Read(other.Data).Select(line => (string)line["action"]!));
    }

    private Task<JsonObject> FindAsync(string action) => AuditLines.FindAsync(_folder.Data, line => (string?)line["action"] == action);
}

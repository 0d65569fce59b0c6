using System.Globalization;
using System.Net;
using Dml.Api.Catalogue;
using Dml.Api.Rollouts;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>What the gate decides, for embedders whose quality is known: its table of truth in docs/retraining.md.</summary>
public sealed class GateTruthTests : IDisposable
{
    private static readonly string[] Many = [.. Enumerable.Range(0, 24).Select(i => $"kind {i}")];

    // Eight folders of somebody's photos. By their hashes, kiwi and orange are the ones that the gate holds out.
    private static readonly string[] Few = ["avocado", "banana", "carrots", "kiwi", "lemon", "mango", "orange", "pepper"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    // Neither was trained on the catalogue: all 24 labels count.
    [InlineData("honest better one", "", 0.9, 0.0, "", true, 24)]
    [InlineData("honest worse one", "", 0.1, 0.0, "", false, 24)]
    // It knows half of the labels by heart and is worse on the rest.
    [InlineData("contaminated worse one", "0-11", 0.1, 4.0, "", false, 12)]
    [InlineData("contaminated better one", "0-11", 0.9, 4.0, "", true, 12)]
    // The active one knows half of the labels by heart: the candidate is judged by the rest.
    [InlineData("better than a contaminated one", "", 0.9, 0.0, "0-11", true, 12)]
    [InlineData("worse than a contaminated one", "", 0.1, 0.0, "0-11", false, 12)]
    public async Task The_gate_judges_by_labels_that_neither_side_knows(
        string what, string trainedOn, double sight, double byHeart, string activeTrainedOn, bool passes, int labels)
    {
        var catalogue = new CodedCatalogue(Many, each: 5);
        var (known, knownToActive) = (Range(trainedOn), Range(activeTrainedOn));
        Write(catalogue, "tiny", label => knownToActive.Contains(label) ? 4 : 0.5, knownToActive);
        Write(catalogue, "candidate", label => known.Contains(label) ? byHeart : sight, known);
        await using var service = await TestService.StartAsync(_folder);
        await catalogue.FillAsync(service.Client);

        var generation = await RollOutAsync(service.Client, "candidate", what);

        Assert.Equal(passes ? GenerationState.Active : GenerationState.Refused, generation.State);
        var sample = Check(generation, "unseen-labels");
        Assert.Equal((true, false, labels, labels * 5.0), (
            sample.Passed, sample.Undecided, sample.Figures["labels"], sample.Figures["items"]));
        Assert.StartsWith(
            $"Compared on {labels * 5} items of {labels} labels that neither candidate nor tiny was trained on.", sample.Detail,
            StringComparison.Ordinal);
        Assert.Equal(
            known.Length > 0, sample.Detail.Contains("Left out: 12 labels that candidate was trained on.", StringComparison.Ordinal));
        Assert.Equal(
            knownToActive.Length > 0, sample.Detail.Contains("Left out: 12 labels that tiny was trained on.", StringComparison.Ordinal));
        Assert.Equal((known.Length, knownToActive.Length), (
            (int)sample.Figures["leftOutForCandidate"], (int)sample.Figures["leftOutForActive"]));
        var map = Check(generation, "MAP@R");
        Assert.Equal((passes, false, labels), (map.Passed, map.Undecided, map.Figures["labels"]));
        Assert.Equal(passes, map.Figures["difference"] > 0);
        Assert.Contains($" on {labels * 5} items of {labels} labels: difference ", map.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_training_is_unknown_only_held_out_labels_count_and_the_report_says_so()
    {
        var catalogue = new CodedCatalogue(Many, each: 5);
        Write(catalogue, "tiny", _ => 0.5, []);
        Write(catalogue, "stranger", _ => 0.9, trainedOn: null);
        await using var service = await TestService.StartAsync(_folder, "--Gate:HeldOut=0.6");
        await catalogue.FillAsync(service.Client);

        var generation = await RollOutAsync(service.Client, "stranger", "what it was trained on is unknown");

        var sample = Check(generation, "unseen-labels");
        var heldOut = Many.Count(label => Dml.Embedding.Labels.HeldOutLabels.Contains(label, 0.6));
        Assert.Equal((GenerationState.Active, heldOut), (generation.State, (int)sample.Figures["labels"]));
        Assert.Contains(
            $"What stranger was trained on is unknown, so only held-out labels count; {Many.Length - heldOut} labels not held out.",
            sample.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_that_states_its_labels_later_is_believed()
    {
        var catalogue = new CodedCatalogue(Many, each: 2);
        Write(catalogue, "tiny", _ => 0.5, trainedOn: null);
        Write(catalogue, "candidate", _ => 0.9, []);
        await using var service = await TestService.StartAsync(_folder);
        await catalogue.FillAsync(service.Client);
        // The service has kept its copy of the former manifest.
        Write(catalogue, "tiny", _ => 0.5, Many[..4]);

        var sample = Check(await RollOutAsync(service.Client, "candidate", "stated later"), "unseen-labels");

        Assert.Equal((20.0, 4.0), (sample.Figures["labels"], sample.Figures["leftOutForActive"]));
        Assert.DoesNotContain("unknown", sample.Detail, StringComparison.Ordinal);
    }

    // The chain that a newcomer went through, whose every step once came out wrong: the gate measured on labels that a candidate had
    // been trained on, let it in, and then refused every better one.
    [Fact]
    public async Task A_chain_of_embedders_of_eight_folders_comes_out_right_at_every_step()
    {
        string[] learntByMy = ["carrots", "kiwi", "lemon", "pepper"];
        var catalogue = new CodedCatalogue(Few, each: 8);
        Write(catalogue, "tiny", _ => 0.5, ["red-apple"]);
        Write(catalogue, "my", label => learntByMy.Contains(label) ? 4 : 0.45, learntByMy);
        Write(catalogue, "night", label => label is "orange" ? 0.5 : 4, [.. Few.Except(["orange"])]);
        Write(catalogue, "vit", _ => 0.9, []);
        Write(catalogue, "worse", _ => 0.05, []);
        await using var service = await TestService.StartAsync(_folder);
        var client = service.Client;
        await catalogue.FillAsync(client);

        // It learnt half of the folders by heart. Four are left, among them none of those: too few, and nothing says that it is better.
        var my = await RollOutAsync(client, "my", "trained on half of the folders");
        Assert.Equal(GenerationState.Active, my.State);
        var sample = Check(my, "unseen-labels");
        Assert.Equal((true, 4.0, 32.0), (sample.Undecided, sample.Figures["labels"], sample.Figures["items"]));
        Assert.Equal(
            "Too few labels to tell: 32 items of 4 labels that neither my nor tiny was trained on; 10 labels are needed. "
                + "Left out: 4 labels that my was trained on.",
            sample.Detail);
        Assert.All(my.Gate!.Checks.Where(check => check.Name.Contains('@')), check => Assert.True(check.Passed && check.Undecided));

        // A night, which leaves kiwi and orange out: my knows kiwi, and orange alone compares nothing.
        var night = await RollOutAsync(service, "night", new RolloutOrder(Unattended: true), "night after a contaminated one");
        Assert.Equal(GenerationState.Refused, night.State);
        Assert.Contains(
            "unseen-labels: Too few labels to tell: 8 items of 1 label that neither night nor my was trained on; 10 labels are needed. "
                + "Left out: 7 labels that night was trained on. Left out: 4 labels that my was trained on. With fewer than 2, a retrain's "
                + "candidate is not activated.",
            night.Problem, StringComparison.Ordinal);
        Assert.Equal(2, (await client.StatsAsync(Cancel)).Generation);

        // Better on what both have not seen, worse on what my learnt by heart, which no longer counts.
        var vit = await RollOutAsync(client, "vit", "never saw the catalogue, better");
        Assert.Equal(GenerationState.Active, vit.State);
        Assert.True(Check(vit, "MAP@R").Figures["difference"] > 0.1, Check(vit, "MAP@R").Detail);

        // And one that is plainly worse does not come in because there are too few labels.
        var worse = await RollOutAsync(client, "worse", "plainly worse");
        Assert.Equal(GenerationState.Refused, worse.State);
        Assert.Contains("MAP@R: Too few labels to tell whether it is better.", worse.Problem, StringComparison.Ordinal);
        Assert.Equal("vit", (await client.StatsAsync(Cancel)).Model);
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(0.1, false)]
    public async Task With_two_unseen_labels_a_night_is_activated_if_it_is_not_lower_on_them(double sight, bool passes)
    {
        // Trained as the documentation says: kiwi and orange are held out of every training.
        string[] learnt = [.. Few.Except(["kiwi", "orange"])];
        var catalogue = new CodedCatalogue(Few, each: 8);
        Write(catalogue, "tiny", label => learnt.Contains(label) ? 4 : 0.5, learnt);
        Write(catalogue, "night", label => learnt.Contains(label) ? 4 : sight, learnt);
        await using var service = await TestService.StartAsync(_folder);
        await catalogue.FillAsync(service.Client);

        var night = await RollOutAsync(service, "night", new RolloutOrder(Unattended: true), $"night with two unseen labels, {sight}");

        Assert.Equal(passes ? GenerationState.Active : GenerationState.Refused, night.State);
        Assert.Equal((2.0, passes), (Check(night, "MAP@R").Figures["labels"], Check(night, "MAP@R").Passed));
        Assert.Contains(
            "With so few, a retrain's candidate must not be lower on them; ", Check(night, "MAP@R").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_active_one_that_knows_every_label_by_heart_locks_nobody_out()
    {
        var catalogue = new CodedCatalogue(Few, each: 8);
        Write(catalogue, "tiny", _ => 4, Few);
        Write(catalogue, "vit", _ => 0.9, []);
        await using var service = await TestService.StartAsync(_folder);
        await catalogue.FillAsync(service.Client);

        var vit = await RollOutAsync(service.Client, "vit", "the active one knows every label");

        Assert.Equal(GenerationState.Active, vit.State);
        Assert.Contains(
            "Not compared: an embedder that an admin rolls out is not refused because there are too few labels.",
            Check(vit, "unseen-labels").Detail,
            StringComparison.Ordinal);
        Assert.True(Check(vit, "unseen-labels").Undecided);
    }

    [Fact]
    public async Task An_admin_overrides_a_refusal_and_the_generation_records_it()
    {
        var catalogue = new CodedCatalogue(Many, each: 5);
        Write(catalogue, "tiny", _ => 0.9, []);
        Write(catalogue, "worse", _ => 0.1, []);
        await using var service = await TestService.StartAsync(_folder);
        await catalogue.FillAsync(service.Client);
        Assert.Equal(GenerationState.Refused, (await RollOutAsync(service.Client, "worse", "refused")).State);

        var job = await service.Client.WaitForJobAsync((await service.Client.RollOutAnywayAsync("worse", Cancel)).Id, Cancel);

        Assert.Equal(
            (JobState.Succeeded, "Generation 3 of worse is active although the gate refuses it; local asked for that."),
            (job.State, job.Message));
        var generation = (await service.Client.GenerationsAsync(Cancel))[0];
        Print("override", generation);
        Assert.Equal((GenerationState.Active, false), (generation.State, generation.Gate!.Passed));
        Assert.Equal(("local", generation.CreatedAt), (generation.Gate.Override!.By, generation.Gate.Override.At));
        Assert.True(Check(generation, "MAP@R").Figures["candidate"] < Check(generation, "MAP@R").Figures["active"]);
        Assert.False(Check(generation, "MAP@R").Passed);
        // The next one is asked for in the ordinary way, and nothing is recorded where nothing was overridden.
        var back = await RollOutAsync(service.Client, "tiny", "better than the one that was let in");
        Assert.Equal((GenerationState.Active, null), (back.State, back.Gate!.Override));
    }

    [Fact]
    public async Task A_missing_item_cannot_be_overridden_and_neither_can_a_word_of_ones_own()
    {
        _folder.AddModel("second", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        var sha256 = (await service.Client.FindItemAsync("i31", Cancel))!.Sha256;
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "blobs", sha256[..2], sha256), "no picture any more", Cancel);

        var job = await service.Client.WaitForJobAsync((await service.Client.RollOutAnywayAsync("second", Cancel)).Id, Cancel);

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("missing-items: 1 of 60 items have no embedding", job.Message, StringComparison.Ordinal);
        using var answer = await service.Http.PostAsync("models/second/rollout?gate=off", null, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(
            "gate must be enforce or report, it is", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static string[] Range(string range) => range.Split('-') is [var from, var to]
        ? [.. Enumerable.Range(Parse(from), Parse(to) - Parse(from) + 1).Select(i => Many[i])]
        : [];

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private void Write(CodedCatalogue catalogue, string name, Func<string, double> sight, IReadOnlyList<string>? trainedOn) =>
        catalogue.WriteEmbedder(Path.Combine(_folder.Models, name), sight, trainedOn);

    private static GateCheck Check(GenerationResponse generation, string name) =>
        generation.Gate!.Checks.Single(check => check.Name == name);

    private static async Task<GenerationResponse> RollOutAsync(DmlClient client, string model, string what)
    {
        await client.WaitForJobAsync((await client.RollOutAsync(model, Cancel)).Id, Cancel);
        return Print(what, (await client.GenerationsAsync(Cancel))[0]);
    }

    private static async Task<GenerationResponse> RollOutAsync(TestService service, string model, RolloutOrder order, string what)
    {
        var job = (await service.Services.GetRequiredService<RolloutStarter>().StartAsync(model, order, Cancel)).Value!;
        await service.Client.WaitForJobAsync(job.Id, Cancel);
        return Print(what, (await service.Client.GenerationsAsync(Cancel))[0]);
    }

    private static GenerationResponse Print(string what, GenerationResponse generation)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {generation.State}");
        foreach (var check in generation.Gate?.Checks ?? [])
        {
            var verdict = (check.Passed ? "passed" : "failed") + (check.Undecided ? ", undecided" : "");
            TestContext.Current.TestOutputHelper?.WriteLine($"  {check.Name} {verdict}: {check.Detail}");
        }

        return generation;
    }
}

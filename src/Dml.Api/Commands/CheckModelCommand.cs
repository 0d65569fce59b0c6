using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dml.Api.Rollouts;
using Dml.Embedding;
using Dml.Embedding.Adoption;
using Dml.Files;

namespace Dml.Api.Commands;

/// <summary>
/// <c>check-model</c>: the process in which <see cref="ModelTrial"/> loads foreign networks. It is not meant for people.
/// </summary>
internal static class CheckModelCommand
{
    // Searches go first.
    private const int Nice = 10;

    public static Command Create()
    {
        var command = new Command(TrialArguments.Command, "Load and try an embedder, with limits; started by the service.")
        {
            Hidden = true,
        };
        var folder = command.Need(TrialArguments.Folder, "the embedder's folder");
        var memory = command.Need(TrialArguments.Memory, "the most memory, in bytes");
        var seconds = command.Need(TrialArguments.Seconds, "the most processor time");
        var network = new Option<string?>(TrialArguments.Adopt);
        var preset = new Option<string?>(TrialArguments.Preset);
        var size = new Option<int?>(TrialArguments.Size);
        var output = new Option<string?>(TrialArguments.Output);
        var pooling = new Option<string?>(TrialArguments.Pooling);
        foreach (var option in new Option[] { network, preset, size, output, pooling })
        {
            command.Add(option);
        }

        command.SetAction(parsed =>
        {
            ParentGuard.Begin();
            ProcessPriority.Lower(Nice);
            ProcessPriority.EndFirst();
            Confinement.Enter(Number(parsed.GetValue(memory)!), Number(parsed.GetValue(seconds)!));
            var adoption = new AdoptionRequest(
                null, parsed.GetValue(preset), parsed.GetValue(size), parsed.GetValue(output), parsed.GetValue(pooling));
            var verdict = Try(parsed.GetValue(folder)!, parsed.GetValue(network), adoption);
            Console.Out.WriteLine(JsonSerializer.Serialize(verdict));
            return 0;
        });
        return command;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    // On the processor: a graphics card takes the same networks, and its driver does not live within a limit of memory.
    private static TrialVerdict Try(string folder, string? network, AdoptionRequest adoption)
    {
        try
        {
            if (network is not null)
            {
                NetworkAdoption.Adopt(network, folder, adoption.Options, CancellationToken.None);
            }

            using var embedder = Embedder.Open(folder, new EmbedderOptions { Workers = 1 });
            return new TrialVerdict(null, IsQuestion: false);
        }
        catch (EmbedderException exception)
        {
            return new TrialVerdict(exception.Message, IsQuestion: false);
        }
        catch (AdoptionException exception)
        {
            return new TrialVerdict(exception.Message, exception.Question is not null);
        }
        catch (OutOfMemoryException)
        {
            return new TrialVerdict("The network needs more memory than its trial has (Models:TrialBytes).", IsQuestion: false);
        }
    }
}

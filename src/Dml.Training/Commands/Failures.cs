using Dml.Embedding;
using Dml.Embedding.Adoption;
using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using Dml.Training.Fetching;
using Dml.Training.Trainer;

namespace Dml.Training.Commands;

/// <summary>
/// Turns expected failures into one message on standard error and an exit code. Anything else is a bug and keeps its stack trace.
/// </summary>
internal static class Failures
{
    public static async Task<int> ReportAsync(Func<CancellationToken, Task<int>> work)
    {
        try
        {
            return await work(CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.").ConfigureAwait(false);
            return ExitCodes.Cancelled;
        }
        catch (IOException e) when (DiskFull.Caused(e))
        {
            await Console.Error.WriteLineAsync(
                $"The disk is full. {e.Message} Every existing file is intact; free some space, then continue (dml train --resume).")
                .ConfigureAwait(false);
            return ExitCodes.DiskFull;
        }
        catch (Exception e) when (e is RecipeException or TrainingException or ParityException or EmbedderException or AdoptionException
            or FetchException or InvalidDataException or IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
    }
}

using System.Diagnostics;
using Dml.Api.Limits;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>Embeds a picture in its caller's turn and on its caller's account.</summary>
internal static class EmbeddingForCallers
{
    /// <summary>
    /// The vector has length one, which the index requires. A picture that the network cannot be run on, or whose vector has no direction,
    /// is refused like one that cannot be decoded: a network may pass its trial and fail on one picture.
    /// </summary>
    public static async ValueTask<EmbedResult> EmbedAsync(
        this Generation generation, ReadOnlyMemory<byte> picture, Account account, CancellationToken cancel,
        EmbedPriority priority = EmbedPriority.Request, PictureRegion? region = null)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            var result = await generation.Embedder.EmbedAsync(picture, priority, account.Caller, region, cancel);
            account.Budget?.Spend(result.WorkMilliseconds);
            return result.Vector is null || UnitVector.IsUnit(result.Vector)
                ? result
                : result with { Vector = null, Error = NoVector(generation, "The length of its vector is not one.") };
        }
        catch (EmbedderException exception)
        {
            account.Budget?.Spend(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            return new EmbedResult(null, default, NoVector(generation, exception.Message), 0, 0);
        }
    }

    private static PictureError NoVector(Generation generation, string reason) =>
        new(PictureProblem.NoVector, $"The embedder {generation.Model} gives no vector for this picture. {reason}");
}

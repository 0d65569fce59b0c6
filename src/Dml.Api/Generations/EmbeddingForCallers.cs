using Dml.Api.Limits;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>Embeds a picture in its caller's turn and on its caller's account.</summary>
internal static class EmbeddingForCallers
{
    public static async ValueTask<EmbedResult> EmbedAsync(
        this Generation generation, ReadOnlyMemory<byte> picture, Account account, CancellationToken cancel,
        EmbedPriority priority = EmbedPriority.Request)
    {
        var result = await generation.Embedder.EmbedAsync(picture, priority, account.Caller, cancel);
        account.Budget?.Spend(result.WorkMilliseconds);
        return result;
    }
}

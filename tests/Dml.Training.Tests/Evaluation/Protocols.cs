using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

internal static class Protocols
{
    /// <summary>Every picture against all others; equal classes are relevant.</summary>
    public static RetrievalProtocol SelfRetrieval(IReadOnlyList<int> classes) =>
        RetrievalProtocol.Of([.. classes.Select((own, i) => new LabelledPicture($"{i}", $"{own}", () => []))]);
}

using Dml.Onnx;

namespace Dml.Embedding.Adoption;

/// <summary>From a network's output to a unit vector for each picture.</summary>
internal static class EmbeddingTail
{
    /// <summary>What <see cref="AdoptionPooling.Auto"/> means for an output.</summary>
    /// <param name="shape">Of the output for one picture: [1, n], [1, tokens, n], or a map of rank four.</param>
    /// <param name="wanted">What was asked for.</param>
    /// <exception cref="AdoptionException">The pooling does not fit the shape.</exception>
    public static AdoptionPooling Settle(IReadOnlyList<long> shape, AdoptionPooling wanted)
    {
        var fits = (shape.Count, wanted) switch
        {
            (2, AdoptionPooling.Auto or AdoptionPooling.None) => AdoptionPooling.None,
            (3, AdoptionPooling.Auto) => IsSquare(shape[1]) ? AdoptionPooling.Average : AdoptionPooling.ClassToken,
            (3, _) => wanted,
            (4, AdoptionPooling.Auto or AdoptionPooling.Average) => AdoptionPooling.Average,
            (4, AdoptionPooling.None) => AdoptionPooling.None,
            _ => (AdoptionPooling?)null,
        };
        return fits ?? throw new AdoptionException(
            $"The output has shape [{string.Join(", ", shape)}] for one picture; pooling '{AdoptionPoolings.Name(wanted)}' does not fit "
            + "it. [batch, n] takes none; [batch, tokens, n] cls, average, tokens or none; a map of rank four average or none.");
    }

    /// <summary>Length of the vector that comes out.</summary>
    public static long Dimension(IReadOnlyList<long> shape, AdoptionPooling pooling, bool channelsLast) => pooling switch
    {
        AdoptionPooling.None => shape.Skip(1).Aggregate(1L, (product, size) => product * size),
        _ => shape.Count == 4 && !channelsLast ? shape[1] : shape[^1],
    };

    /// <summary>Appends the pooling; the result is [batch, n].</summary>
    public static string Append(GraphPieces pieces, string output, int rank, AdoptionPooling pooling, bool channelsLast) => pooling switch
    {
        AdoptionPooling.None => pieces.Flatten(output),
        AdoptionPooling.ClassToken => pieces.Select(output, 1, 0),
        AdoptionPooling.Tokens => pieces.Mean(pieces.WithoutFirst(output, 1), 1),
        AdoptionPooling.Average when rank == 3 => pieces.Mean(output, 1),
        AdoptionPooling.Average when channelsLast => pieces.Mean(output, 1, 2),
        _ => pieces.Flatten(pieces.Add("GlobalAveragePool", [output])),
    };

    /// <summary>The same in plain code, as the oracle of <see cref="AdoptionProof"/>.</summary>
    /// <param name="output">Of one picture.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="pooling">Settled.</param>
    /// <param name="channelsLast">The network's layout.</param>
    public static float[] Compute(ReadOnlySpan<float> output, IReadOnlyList<long> shape, AdoptionPooling pooling, bool channelsLast)
    {
        var vector = new double[Dimension(shape, pooling, channelsLast)];
        if (pooling is AdoptionPooling.None or AdoptionPooling.ClassToken)
        {
            for (var i = 0; i < vector.Length; i++)
            {
                vector[i] = output[i];
            }
        }
        else
        {
            var positions = output.Length / vector.Length;
            var channelsFirst = shape.Count == 4 && !channelsLast;
            for (var position = pooling == AdoptionPooling.Tokens ? 1 : 0; position < positions; position++)
            {
                for (var i = 0; i < vector.Length; i++)
                {
                    vector[i] += output[channelsFirst ? (i * positions) + position : (position * vector.Length) + i];
                }
            }
        }

        var length = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => (float)(value / length))];
    }

    private static bool IsSquare(long count) => (long)Math.Sqrt(count) is var side && side * side == count;
}

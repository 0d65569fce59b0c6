namespace Dml.Embedding.Adoption;

/// <summary>How a network's output becomes one vector.</summary>
public enum AdoptionPooling
{
    /// <summary>
    /// By the output's shape: [batch, n] as it is, a map by its average, tokens by the class token where there is one. Tokens have one
    /// unless their number is a square.
    /// </summary>
    Auto,

    /// <summary>The first token, [CLS], of [batch, tokens, n].</summary>
    ClassToken,

    /// <summary>The mean over all positions of a map [batch, n, height, width], or over all tokens.</summary>
    Average,

    /// <summary>The mean over all tokens but the first one.</summary>
    Tokens,

    /// <summary>Every number of the output, one after the other.</summary>
    None,
}

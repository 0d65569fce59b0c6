namespace Dml.Embedding.Adoption;

/// <summary>A network that cannot be adopted as it is; the message says what to do.</summary>
public sealed class AdoptionException : Exception
{
    /// <summary>A network that cannot be adopted.</summary>
    public AdoptionException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    /// <summary>A network that can be adopted once something more is known about it.</summary>
    public AdoptionException(AdoptionQuestion question, string message) : base(message) => Question = question;

    /// <summary>What has to be known; null where an answer would not help.</summary>
    public AdoptionQuestion? Question { get; }
}

namespace Dml.Training.Fetching;

/// <summary>A published file of weights that <c>dml fetch</c> can download.</summary>
/// <param name="Name">The name on the command line and in recipes.</param>
/// <param name="Backbone">The backbone that it fits, with its defaults.</param>
/// <param name="Address">Where its makers publish it.</param>
/// <param name="Licence">Of the weights, as their makers state it.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal, or the first eight digits where its makers publish no more.</param>
/// <param name="MostBytes">What is larger is not it.</param>
public sealed record KnownFile(string Name, string Backbone, Uri Address, string Licence, string Sha256, long MostBytes)
{
    /// <summary>As its makers named it.</summary>
    public string FileName => Address.Segments[^1];

    /// <summary>Whether the whole hash is known.</summary>
    public bool HasWholeHash => Sha256.Length == 64;
}

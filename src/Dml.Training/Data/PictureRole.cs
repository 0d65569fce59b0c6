namespace Dml.Training.Data;

/// <summary>What a held-out picture is for when retrieval is measured.</summary>
public enum PictureRole
{
    /// <summary>A query, and in the gallery of all others.</summary>
    Both,

    /// <summary>A query only.</summary>
    Query,

    /// <summary>In the gallery only.</summary>
    Gallery,
}

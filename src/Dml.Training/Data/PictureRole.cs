namespace Dml.Training.Data;

/// <summary>What a held-out picture is for when retrieval is measured.</summary>
public enum PictureRole
{
    /// <summary>It asks, and answers all others.</summary>
    Both,

    /// <summary>It only asks.</summary>
    Query,

    /// <summary>It only answers.</summary>
    Gallery,
}

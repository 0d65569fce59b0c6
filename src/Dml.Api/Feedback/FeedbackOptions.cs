using System.ComponentModel.DataAnnotations;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;

namespace Dml.Api.Feedback;

/// <summary>The section <c>Feedback</c>: pictures of queries that are kept to learn from.</summary>
[Section("Feedback")]
internal sealed class FeedbackOptions
{
    /// <summary>Whether a caller may give the picture of a query to be kept with the feedback on its hits.</summary>
    public bool KeepPictures { get; set; } = true;

    /// <summary>The most pictures that are kept.</summary>
    [Range(0, int.MaxValue)]
    public int MaxPictures { get; set; } = 10_000;

    /// <summary>The most bytes that kept pictures may have together.</summary>
    [Range(0.0, 1L << 50)]
    public long MaxBytes { get; set; } = 1L << 30;

    public KeptPictureLimits Limits => new(MaxPictures, MaxBytes);
}

using System.Text.Json.Nodes;

namespace Dml.Contracts;

/// <summary>A retrain: from the catalogue to a candidate that has to pass the gate.</summary>
/// <param name="Id">Its id.</param>
/// <param name="JobId">The job that runs it, or ran it last.</param>
/// <param name="Step">Its current step.</param>
/// <param name="Outcome">How it ended; null while unknown.</param>
/// <param name="Message">The outcome in a sentence.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="EndedAt">When it ended; null until then.</param>
/// <param name="FromGeneration">The generation that it started from.</param>
/// <param name="FromModel">That generation's embedder.</param>
/// <param name="Learnt">What it learns from; null before the snapshot.</param>
/// <param name="Continued">Whether training started from the active embedder's weights; null before training.</param>
/// <param name="Figures">
/// <c>before</c> (the active embedder) and <c>after</c> (the candidate) on the held-out labels, with 95 % intervals; null
/// before training.
/// </param>
/// <param name="Model">The candidate's name; null before training.</param>
/// <param name="Generation">The candidate's generation; null before its rollout.</param>
/// <param name="Gate">The gate's report; null until the gate is reached.</param>
/// <param name="Report">URL of its report, an HTML page; null until it has ended.</param>
public sealed record RetrainResponse(
    string Id,
    string? JobId,
    RetrainStep Step,
    RetrainOutcome? Outcome,
    string? Message,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int? FromGeneration,
    string? FromModel,
    SnapshotCounts? Learnt,
    bool? Continued,
    JsonObject? Figures,
    string? Model,
    int? Generation,
    GateReport? Gate,
    string? Report);

/// <summary>What a retrain learns from and what it measures with.</summary>
/// <param name="TrainingPictures">Distinct labelled pictures to train on.</param>
/// <param name="TrainingLabels">Their labels.</param>
/// <param name="HeldOutPictures">Distinct pictures with labels that the gate holds out.</param>
/// <param name="HeldOutLabels">Those labels.</param>
/// <param name="RightPairs">Feedback that calls a hit right, on pictures that are not held out.</param>
/// <param name="WrongPairs">Feedback that calls a hit wrong, on pictures that are not held out.</param>
public sealed record SnapshotCounts(
    int TrainingPictures, int TrainingLabels, int HeldOutPictures, int HeldOutLabels, int RightPairs, int WrongPairs);

/// <summary>The steps of a retrain, in their order. Each can be repeated after a crash.</summary>
public enum RetrainStep
{
    /// <summary>Copies the labelled catalogue of one moment.</summary>
    Snapshot,

    /// <summary>Trains, exports and measures the candidate in a process of its own.</summary>
    Training,

    /// <summary>Copies the candidate to the models folder.</summary>
    Registration,

    /// <summary>Rolls the candidate out through the gate.</summary>
    Rollout,

    /// <summary>Writes the report.</summary>
    Report,

    /// <summary>Finished.</summary>
    Ended,
}

/// <summary>How a retrain ended.</summary>
public enum RetrainOutcome
{
    /// <summary>The candidate passed the gate and is active.</summary>
    Activated,

    /// <summary>The gate refused the candidate.</summary>
    Refused,

    /// <summary>There was too little, or nothing new, to learn from.</summary>
    Skipped,

    /// <summary>A step failed; the message says why.</summary>
    Failed,

    /// <summary>A caller cancelled it.</summary>
    Cancelled,
}

/// <summary>When the service learns next and what from.</summary>
/// <param name="NextAt">When the next retrain starts by itself; null: never.</param>
/// <param name="Problem">Why no retrain can start; null when one can.</param>
/// <param name="Feedback">The feedback so far.</param>
/// <param name="KeepsPictures">Whether feedback on a picture that is not an item may be given with it.</param>
public sealed record LearningResponse(DateTimeOffset? NextAt, string? Problem, FeedbackCounts Feedback, bool KeepsPictures);

/// <summary>How much feedback there is.</summary>
/// <param name="Right">Pairs of pictures that belong together.</param>
/// <param name="Wrong">Pairs that do not.</param>
/// <param name="New">How many of both were given after the last retrain that trained a candidate had started.</param>
/// <param name="KeptPictures">Pictures that are not items and are kept for their feedback.</param>
/// <param name="KeptBytes">Their bytes.</param>
public sealed record FeedbackCounts(long Right, long Wrong, long New, long KeptPictures, long KeptBytes);

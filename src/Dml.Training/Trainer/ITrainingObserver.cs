using Dml.Training.Network;

namespace Dml.Training.Trainer;

/// <summary>Follows the course of a training. Called on the training thread, between steps.</summary>
public interface ITrainingObserver
{
    /// <summary>Whether training may end before its last epoch; asked between two epochs.</summary>
    bool HasEnough => false;

    /// <summary>The figures of the validation share so far, oldest first; higher is better. Asked between two epochs.</summary>
    IReadOnlyList<double> Figures => [];

    /// <summary>A step has been taken.</summary>
    void OnStep(StepReport report);

    /// <summary>Time to validate: the network is in evaluation mode and holds the weights that would be exported.</summary>
    /// <param name="epoch">0-based epoch that has just ended.</param>
    /// <param name="network">To embed with, and to save when it is the best so far; not to be changed.</param>
    /// <param name="cancel">Ends the run.</param>
    void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel);

    /// <summary>An epoch has ended and its checkpoint is on the disk.</summary>
    void OnEpoch(EpochReport report);
}

using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>Every course of the learning rate that a recipe's <c>training.schedule</c> can name.</summary>
public static class ScheduleCatalogue
{
    /// <summary>The table, one line per schedule.</summary>
    public static IReadOnlyList<Method<LearningRateCurve>> All { get; } =
    [
        Method<LearningRateCurve>.Of<Cosine.Options>(
            "cosine",
            "Half a cosine down to finalLearningRateFactor (I. Loshchilov, F. Hutter, SGDR, ICLR 2017, arXiv 1608.03983; no restarts).",
            _ => new Cosine()),
        Method<LearningRateCurve>.Of<Constant.Options>("constant", "The full rate to the end.", _ => new Constant()),
        Method<LearningRateCurve>.Of<StepDecay.Options>(
            "step", "Times a factor every so many epochs, or after the epochs that are named.", options => new StepDecay(options)),
        Method<LearningRateCurve>.Of<Plateau.Options>(
            "plateau",
            "Times a factor when MAP@R of the validation share has not risen for some validations (E. W. Teh, T. DeVries, G. W. Taylor, "
                + "ProxyNCA++, ECCV 2020, arXiv 2004.01113); needs a validation share.",
            options => new Plateau(options)),
    ];

    /// <summary>The chosen curve.</summary>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    internal static LearningRateCurve Create(MethodChoice choice) => Catalogue.Find("schedule", All, choice.Name).Make(choice.Options);
}

using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>Where pictures come from. A dataset is opened from the folder that relative paths start at.</summary>
public static class DatasetCatalogue
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<Method<Func<string, Dataset>>> All { get; } =
    [
        Method<Func<string, Dataset>>.Of<EmojiDataset.Options>("emoji", "The demo drawings: a class is a concept, a picture one vendor's drawing of it (@iconify-json packages, restored by npm).", options => root => EmojiDataset.Open(options, root)),
        Method<Func<string, Dataset>>.Of<FoldersDataset.Options>("folders", "A folder of class folders: <folder>/<class>/**/<picture>.", options => root => FoldersDataset.Open(options, root)),
        Method<Func<string, Dataset>>.Of<CsvDataset.Options>("csv", "A text file with the columns path and label; relative paths start at the file's folder.", options => root => CsvDataset.Open(options, root)),
    ];
}

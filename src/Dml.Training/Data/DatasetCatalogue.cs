namespace Dml.Training.Data;

/// <summary>Where pictures come from. A dataset is opened from the folder that relative paths start at.</summary>
public static class DatasetCatalogue
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<DatasetMethod> All { get; } =
    [
        DatasetMethod.Of<EmojiDataset.Options>(EmojiDataset.About, EmojiDataset.Open),
        DatasetMethod.Of<EmojiSketchDataset.Options>(EmojiSketchDataset.About, EmojiSketchDataset.Open),
        DatasetMethod.Of<FoldersDataset.Options>(FoldersDataset.About, FoldersDataset.Open),
        DatasetMethod.Of<CsvDataset.Options>(CsvDataset.About, CsvDataset.Open),
        DatasetMethod.Of<TwoModalityDataset.Options>(TwoModalityDataset.About, TwoModalityDataset.Open),
        DatasetMethod.Of<Cub200Dataset.Options>(Cub200Dataset.About, Cub200Dataset.Open),
        DatasetMethod.Of<Cars196Dataset.Options>(Cars196Dataset.About, Cars196Dataset.Open),
        DatasetMethod.Of<OnlineProductsDataset.Options>(OnlineProductsDataset.About, OnlineProductsDataset.Open),
        DatasetMethod.Of<InShopDataset.Options>(InShopDataset.About, InShopDataset.Open),
        DatasetMethod.Of<Market1501Dataset.Options>(Market1501Dataset.About, Market1501Dataset.Open),
        DatasetMethod.Of<GroceryStoreDataset.Options>(GroceryStoreDataset.About, GroceryStoreDataset.Open),
        DatasetMethod.Of<UcMercedDataset.Options>(UcMercedDataset.About, UcMercedDataset.Open),
        DatasetMethod.Of<OmniglotDataset.Options>(OmniglotDataset.About, OmniglotDataset.Open),
        DatasetMethod.Of<FashionMnistDataset.Options>(FashionMnistDataset.About, FashionMnistDataset.Open),
    ];
}

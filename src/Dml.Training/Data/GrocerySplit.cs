namespace Dml.Training.Data;

/// <summary>What the Grocery Store set holds out.</summary>
internal enum GrocerySplit
{
    /// <summary>The second half of the classes.</summary>
    ZeroShot,

    /// <summary>
    /// The last third of the classes that <see cref="ZeroShot"/> trains on: for choosing options without a look at its held-out ones.
    /// </summary>
    Validation,

    /// <summary>The authors' test pictures, of the classes that are trained on.</summary>
    Official,
}

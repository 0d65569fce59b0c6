namespace Dml.Training.Data;

/// <summary>What the Grocery Store set holds out.</summary>
internal enum GrocerySplit
{
    /// <summary>The second half of the classes.</summary>
    ZeroShot,

    /// <summary>The authors' test pictures, of the classes that are trained on.</summary>
    Official,
}

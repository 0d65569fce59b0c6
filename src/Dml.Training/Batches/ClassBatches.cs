namespace Dml.Training.Batches;

/// <summary>The batches of an epoch: some classes, with the same number of pictures of each.</summary>
internal static class ClassBatches
{
    /// <param name="pictures">By class.</param>
    /// <param name="each">Pictures that a class gives to a batch; one that has fewer repeats its own.</param>
    /// <param name="batches">How many.</param>
    /// <param name="random">The epoch's generator.</param>
    /// <param name="classes">Takes the classes of a batch from the passes over all of them.</param>
    public static int[][] Deal(int[][] pictures, int each, int batches, Random random, Func<ClassPasses, IEnumerable<int>> classes)
    {
        var decks = pictures.Select(own => new PictureDeck(own, random)).ToArray();
        var passes = new ClassPasses(pictures.Length, random);
        var dealt = new int[batches][];
        for (var b = 0; b < batches; b++)
        {
            dealt[b] = [.. classes(passes).SelectMany(label => decks[label].Deal(each))];
        }

        return dealt;
    }
}

using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>
/// One picture of every class that represents it for some epochs; each picture of a class has its turn before one is repeated.
/// </summary>
internal sealed class RepresentativePictures
{
    private readonly int[][] _pictures;
    private readonly int _seed;

    internal RepresentativePictures(SamplerContext context)
    {
        _seed = context.Seed;
        _pictures = context.PicturesByClass();
    }

    /// <summary>Classes that have pictures, numbered from 0.</summary>
    internal int ClassCount => _pictures.Length;

    /// <summary>The representative of every class after a number of changes.</summary>
    internal int[] After(int changes) => [.. _pictures.Select((own, c) =>
    {
        int[] order = [.. own];
        new Random(Seeds.Mix(_seed, c, changes / own.Length)).Shuffle(order);
        return order[changes % own.Length];
    })];

    /// <summary>Deals the pictures of one epoch.</summary>
    internal Dealer Batches(int changes, Random random) => new(this, After(changes), random);

    /// <summary>Fixed representatives, and other pictures without repetition until all of the class were dealt.</summary>
    internal sealed class Dealer
    {
        private readonly int[] _representatives;
        private readonly PictureDeck[] _decks;

        internal Dealer(RepresentativePictures owner, int[] representatives, Random random)
        {
            _representatives = representatives;
            // A class of one picture has no other: it comes twice, and its loss knows that from the picture's number.
            _decks =
            [
                .. owner._pictures.Select(
                    (own, c) => new PictureDeck(own.Length == 1 ? own : [.. own.Where(p => p != representatives[c])], random)),
            ];
        }

        /// <summary>The representatives of these classes, then picture by picture of each.</summary>
        internal int[] Of(int[] classes, int perClass)
        {
            var others = classes.Select(c => _decks[c].Deal(perClass - 1)).ToArray();
            return
            [
                .. classes.Select(c => _representatives[c]),
                .. Enumerable.Range(0, perClass - 1).SelectMany(i => others.Select(own => own[i])),
            ];
        }
    }
}

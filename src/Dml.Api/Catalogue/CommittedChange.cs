namespace Dml.Api.Catalogue;

/// <summary>
/// The effect of a commit on one item's embeddings: those in <c>Embeddings</c> were written, and if the picture changed (or
/// was deleted with the item) all others were deleted.
/// </summary>
internal readonly record struct CommittedChange(long Sequence, long Key, IReadOnlyList<EmbeddedVector> Embeddings, bool PictureChanged)
{
    public EmbeddedVector? Of(string fingerprint)
    {
        for (var i = 0; i < Embeddings.Count; i++)
        {
            if (Embeddings[i].Fingerprint == fingerprint)
            {
                return Embeddings[i];
            }
        }

        return null;
    }
}

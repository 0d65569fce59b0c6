namespace Dml.Api.Catalogue;

/// <summary>
/// What a commit did to one item's embeddings: these were written, and when the picture changed (or went, with the
/// item) all others are gone.
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

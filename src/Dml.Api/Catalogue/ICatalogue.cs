using Dml.Api.Catalogue.Filters;
using Dml.Contracts;

namespace Dml.Api.Catalogue;

/// <summary>
/// The durable truth: items and their embeddings. A write that has completed survives <c>kill -9</c>.
/// Every member may be called from any thread.
/// </summary>
internal interface ICatalogue
{
    /// <summary>Begins to commit writes; until then they wait. Committed changes go to <paramref name="listener"/> before a writer hears of success.</summary>
    void Start(ICommitListener listener);

    /// <summary>Writes that wait for their commit.</summary>
    int QueueLength { get; }

    /// <summary>Sequence number of the newest committed change; every change raises it.</summary>
    long Sequence { get; }

    ValueTask<long> CountAsync(CancellationToken cancel);

    /// <summary>The key of the newest item, 0 when there is none.</summary>
    ValueTask<long> LastKeyAsync(CancellationToken cancel);

    ValueTask<StoredItem?> FindAsync(string id, CancellationToken cancel);

    /// <summary>The items of <paramref name="keys"/> in their order; null where one was deleted.</summary>
    ValueTask<StoredItem?[]> FindAsync(IReadOnlyList<long> keys, CancellationToken cancel);

    /// <summary>Up to <paramref name="limit"/> items with keys above <paramref name="after"/>, in the order of their keys.</summary>
    ValueTask<IReadOnlyList<StoredItem>> ListAsync(string? label, long after, int limit, CancellationToken cancel);

    /// <summary>Keys of the items that <paramref name="filter"/> lets through.</summary>
    ValueTask<HashSet<long>> KeysAsync(ItemFilter filter, CancellationToken cancel);

    ValueTask<long> CountEmbeddingsAsync(string fingerprint, CancellationToken cancel);

    /// <summary>The embeddings of one embedder that were written after the sequence number <paramref name="after"/>.</summary>
    IAsyncEnumerable<StoredEmbedding> EmbeddingsAsync(string fingerprint, long after, CancellationToken cancel);

    /// <summary>Keys of the items whose embeddings went after the sequence number <paramref name="after"/>: deleted, or given another picture.</summary>
    IAsyncEnumerable<long> DeletionsAsync(long after, CancellationToken cancel);

    /// <summary>Items above the key <paramref name="after"/> that this embedder has not embedded.</summary>
    ValueTask<IReadOnlyList<StoredItem>> UnembeddedAsync(string fingerprint, long after, int limit, CancellationToken cancel);

    /// <summary>The path of an item's picture; its file may vanish when the item is deleted.</summary>
    string PicturePath(StoredItem item);

    /// <summary>The path of the picture with this SHA-256, as long as an item uses it or <see cref="KeepPictures"/> keeps it.</summary>
    string PicturePath(string sha256);

    /// <summary>Until it is disposed of, every picture stays that an item uses now or later, even when the item goes.</summary>
    IDisposable KeepPictures();

    /// <summary>Writes the catalogue as it is between two commits to a file of its own; reads and writes go on.</summary>
    Task CopyToAsync(string path, CancellationToken cancel);

    /// <summary>Deletes pictures that no item uses and no write has announced; returns how many.</summary>
    int RemoveUnusedPictures(CancellationToken cancel);

    /// <summary>
    /// Adds the item, or replaces the one with its id. <paramref name="picture"/> is stored before the row. Null, with
    /// nothing written, when another generation has become active since the item was embedded.
    /// </summary>
    Task<PutResult?> PutAsync(NewItem item, ReadOnlyMemory<byte> picture, CancellationToken cancel);

    /// <summary>Changes label or attributes; null when there is no such item.</summary>
    Task<StoredItem?> PatchAsync(string id, ItemPatch patch, CancellationToken cancel);

    /// <summary>Deletes an item and its embeddings; false when there is no such item.</summary>
    Task<bool> DeleteAsync(string id, CancellationToken cancel);

    /// <summary>Adds another embedder's embedding; false when the item has changed or gone meanwhile.</summary>
    Task<bool> AddEmbeddingAsync(StoredItem item, EmbeddedVector embedding, CancellationToken cancel);

    /// <summary>Deletes the embeddings of every embedder that is not named, a part at a time.</summary>
    Task DropOtherEmbeddingsAsync(IReadOnlyCollection<string> fingerprints, CancellationToken cancel);

    /// <summary>Runs <paramref name="work"/> while nothing is being committed: what it reads is what the listener has heard of.</summary>
    Task BetweenCommitsAsync(Func<Task> work, CancellationToken cancel);

    /// <summary>Every labelled item: key and label, in the order of the keys.</summary>
    IAsyncEnumerable<(long Key, string Label)> LabelsAsync(CancellationToken cancel);

    /// <summary>Every labelled item as it is at one moment, in the order of the keys.</summary>
    IAsyncEnumerable<StoredItem> LabelledAsync(CancellationToken cancel);

    /// <summary>Whether an item has this picture.</summary>
    ValueTask<bool> HasPictureAsync(string sha256, CancellationToken cancel);

    /// <summary>Remembers whether two pictures belong together; the last word on a pair counts, whichever was the query.</summary>
    Task GiveFeedbackAsync(StoredFeedback feedback, CancellationToken cancel);

    /// <summary>All feedback there is, in the order of the pictures.</summary>
    IAsyncEnumerable<StoredFeedback> FeedbackAsync(CancellationToken cancel);

    /// <summary>The history, oldest first.</summary>
    ValueTask<IReadOnlyList<StoredGeneration>> GenerationsAsync(CancellationToken cancel);

    /// <summary>Writes a new row of the generations' history; an active one retires the one before.</summary>
    ValueTask<StoredGeneration> AddGenerationAsync(
        string model, string fingerprint, int dimension, GenerationState state, CancellationToken cancel);

    /// <summary>Ends a generation that did not come into service.</summary>
    ValueTask EndGenerationAsync(int number, GenerationState state, string problem, string? gate, CancellationToken cancel);

    /// <summary>
    /// Makes a generation the active one in one transaction, of which the listener hears at once. False, with nothing
    /// changed, when an item lacks its embedding.
    /// </summary>
    Task<bool> ActivateAsync(int number, string? gate, CancellationToken cancel);

    /// <summary>
    /// Notes up to which change a saved index goes, and drops the notes of deleted items that no saved index of the
    /// kept embedders needs any more.
    /// </summary>
    Task NoteSnapshotAsync(string fingerprint, long sequence, CancellationToken cancel);

    /// <summary>A small remembered fact, or null.</summary>
    ValueTask<string?> GetFactAsync(string name, CancellationToken cancel);

    ValueTask SetFactAsync(string name, string value, CancellationToken cancel);
}

namespace Dml.Index.Files;

/// <summary>
/// An index file is: magic (8 bytes), version and kind (int32), dimension and metric (int32), tag (int64), what the kind
/// writes, and the SHA-256 of everything before it. All numbers are little-endian.
/// </summary>
internal static class IndexFormat
{
    public const int Version = 1;
    public const int ExactKind = 1;
    public const int HnswKind = 2;

    public const int HeaderBytes = 8 + (4 * sizeof(int)) + sizeof(long);
    public const int DigestBytes = 32;

    public static ReadOnlySpan<byte> Magic => "DMLINDEX"u8;
}

namespace Dml.Index.Files;

/// <summary>
/// An index file is a header (magic, 8 bytes; version, kind, dimension and metric, int32; tag, int64), the body of its kind,
/// the SHA-256 of every block of 1 MiB of these, and the SHA-256 of those digests. Blocks are checked on all cores. All
/// numbers are little-endian.
/// </summary>
internal static class IndexFormat
{
    public const int Version = 2;
    public const int ExactKind = 1;
    public const int HnswKind = 2;

    public const int HeaderBytes = 8 + (4 * sizeof(int)) + sizeof(long);
    public const int BlockBytes = 1 << 20;
    public const int DigestBytes = 32;

    /// <summary>Mapped parts begin on a multiple of this.</summary>
    public const int PageBytes = 4096;

    public static ReadOnlySpan<byte> Magic => "DMLINDEX"u8;
}

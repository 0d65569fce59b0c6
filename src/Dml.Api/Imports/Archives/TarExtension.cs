using System.Buffers.Text;

namespace Dml.Api.Imports.Archives;

/// <summary>What extended headers state about the entry that follows them.</summary>
internal sealed class TarExtension
{
    /// <summary>The largest extended header that is read.</summary>
    public const int MostBytes = 64 * 1024;

    public byte[]? Name { get; private set; }

    public byte[]? Target { get; private set; }

    public long? Size { get; private set; }

    public bool IsSparse { get; private set; }

    /// <summary>Why the entry that follows cannot be read; null if it can.</summary>
    public string? Problem { get; set; }

    /// <summary>Takes in an extended header.</summary>
    /// <param name="type">The type of the header.</param>
    /// <param name="data">Its contents.</param>
    public void Add(char type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case 'L':
                Name = [.. data.TrimEnd((byte)0)];
                break;
            case 'K':
                Target = [.. data.TrimEnd((byte)0)];
                break;
            default:
                AddRecords(data);
                break;
        }
    }

    // Records such as "30 path=…\n"; the number is the length of the whole record.
    private void AddRecords(ReadOnlySpan<byte> data)
    {
        while (!data.TrimEnd((byte)0).IsEmpty)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits)
                || length <= digits + 1 || length > data.Length || data[digits] != ' ' || data[length - 1] != '\n'
                || data[(digits + 1)..length].IndexOf((byte)'=') is not (> 0 and var equals))
            {
                Problem = "Its extended header is damaged.";
                return;
            }

            var record = data[(digits + 1)..(length - 1)];
            Add(record[..equals], record[(equals + 1)..]);
            data = data[length..];
        }
    }

    private void Add(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        if (keyword.SequenceEqual("path"u8))
        {
            // GNU tar gives a sparse file a made-up path beside its own.
            Name = IsSparse && Name is not null ? Name : [.. value];
        }
        else if (keyword.SequenceEqual("linkpath"u8))
        {
            Target = [.. value];
        }
        else if (keyword.SequenceEqual("size"u8))
        {
            if (Utf8Parser.TryParse(value, out long size, out var digits) && digits == value.Length && size is >= 0 and < long.MaxValue / 2)
            {
                Size = size;
            }
            else
            {
                Problem = "Its extended header is damaged.";
            }
        }
        else if (keyword.StartsWith("GNU.sparse."u8))
        {
            IsSparse = true;
            Name = keyword.SequenceEqual("GNU.sparse.name"u8) ? [.. value] : Name;
        }
    }
}

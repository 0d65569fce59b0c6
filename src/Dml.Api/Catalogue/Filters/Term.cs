using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// What a filter can ask an item for - a label, a name, a text or a number under a name - as a number of 128 bits. Texts are hashed,
/// under a seed of the process, so that an item costs the same whatever its texts are: among 10^9 texts two are taken for the same with a
/// probability of 10^-20. The numbers of a name are ordered as they are.
/// </summary>
internal static class Term
{
    private static readonly long Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    private enum Kind
    {
        Label,
        Text,
        Whole,
        Fraction,
        Having,
        Name,
    }

    public static UInt128 OfLabel(ReadOnlySpan<byte> label) => Hash(Kind.Label, [], label);

    public static UInt128 OfLabel(string label) => OfLabel(Encoding.UTF8.GetBytes(label));

    /// <summary>That there is an attribute of this name.</summary>
    public static UInt128 OfName(ReadOnlySpan<byte> name) => Hash(Kind.Name, [], name);

    public static UInt128 OfText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text) => Hash(Kind.Text, name, text);

    public static UInt128 OfText(string name, string text) => OfText(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text));

    public static UInt128 OfNumber(ReadOnlySpan<byte> name, AttributeNumber number) =>
        new(Hash(number.IsWhole ? Kind.Whole : Kind.Fraction, name), number.Order);

    /// <summary>What an item has that has any number of the name and the kind of this one.</summary>
    /// <param name="number">The term of a number.</param>
    public static UInt128 OfHaving(UInt128 number)
    {
        Span<byte> upper = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(upper, (ulong)(number >> 64));
        return Hash(Kind.Having, [], upper);
    }

    /// <summary>The least and the greatest term that a number of the name and the kind of this one can have.</summary>
    /// <param name="number">The term of a number.</param>
    public static (UInt128 Least, UInt128 Greatest) OfAllLike(UInt128 number) =>
        (number & ~(UInt128)ulong.MaxValue, number | ulong.MaxValue);

    /// <summary>The terms of a name's numbers that compare with a number in a certain way: whole ones and fractions.</summary>
    /// <returns>The first and the last term of each kind of which there are any.</returns>
    public static IEnumerable<(UInt128 First, UInt128 Last)> OfNumbers(string name, string comparison, AttributeNumber number)
    {
        foreach (var whole in new[] { true, false })
        {
            var (from, to) = number.Range(comparison, whole);
            if (from < to)
            {
                var first = new UInt128(Hash(whole ? Kind.Whole : Kind.Fraction, Encoding.UTF8.GetBytes(name)), 0);
                yield return (first + from, first + (to - 1));
            }
        }
    }

    private static ulong Hash(Kind kind, ReadOnlySpan<byte> name) => XxHash3.HashToUInt64(name, Seed + (long)kind);

    private static UInt128 Hash(Kind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text) =>
        XxHash128.HashToUInt128(text, (long)Hash(kind, name));
}

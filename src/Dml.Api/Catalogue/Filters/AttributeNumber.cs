namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// A number of an attribute or of a filter: a whole number of 64 bits, or a fraction, which here means any other double. Numbers are
/// compared exactly; doubles alone would round whole numbers beyond 2^53.
/// </summary>
internal readonly record struct AttributeNumber
{
    private const double PastWhole = 9223372036854775808;
    private const ulong Sign = 1UL << 63;

    private readonly long _whole;
    private readonly double _fraction;

    private AttributeNumber(bool isWhole, long whole, double fraction) => (IsWhole, _whole, _fraction) = (isWhole, whole, fraction);

    public bool IsWhole { get; }

    /// <summary>The number as bits that are ordered as the numbers of its kind are.</summary>
    public ulong Order => IsWhole ? OrderOf(_whole) : OrderOf(_fraction);

    public static AttributeNumber Of(long whole) => new(isWhole: true, whole, 0);

    public static AttributeNumber Of(double number) =>
        number == Math.Floor(number) && number is >= -PastWhole and < PastWhole ? Of((long)number) : new(isWhole: false, 0, number);

    /// <summary>The whole numbers, or the fractions, that compare with this number in a certain way.</summary>
    /// <param name="comparison"><c>:</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> or <c>&gt;=</c>.</param>
    /// <param name="whole">Whether the whole numbers are asked for.</param>
    /// <returns>The least <see cref="Order"/> of them, and the first past them.</returns>
    public (UInt128 From, UInt128 To) Range(string comparison, bool whole)
    {
        var end = (UInt128)ulong.MaxValue + 1;
        var least = whole == IsWhole ? Order : whole ? LeastWholeAbove(_fraction, end) : OrderOf((double)_whole);
        var past = least + (whole == IsWhole ? UInt128.One : UInt128.Zero);
        return comparison switch
        {
            ":" => (least, past),
            "<" => (0, least),
            "<=" => (0, past),
            ">" => (past, end),
            ">=" => (least, end),
            _ => throw new ArgumentException($"The comparison must be :, <, <=, > or >=, but is {comparison}.", nameof(comparison)),
        };
    }

    private static UInt128 LeastWholeAbove(double fraction, UInt128 end) =>
        fraction >= PastWhole ? end : fraction < -PastWhole ? 0 : OrderOf((long)Math.Ceiling(fraction));

    private static ulong OrderOf(long whole) => (ulong)whole ^ Sign;

    // The bits of doubles are ordered like integers once those of negative ones are inverted (Herf 2001, radix tricks).
    private static ulong OrderOf(double number) =>
        BitConverter.DoubleToUInt64Bits(number) is var bits && (bits & Sign) != 0 ? ~bits : bits | Sign;
}

using Dml.Embedding.Labels;

namespace Dml.Embedding.Tests;

public sealed class ComposedTextTests
{
    // From the charts and examples of UAX #15 and Unicode's NormalizationTest.txt.
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("caf\u00e9", "caf\u00e9")]
    [InlineData("A\u030a", "\u00c5")]
    [InlineData("\u212b", "\u00c5")]
    [InlineData("\u2126", "\u03a9")]
    [InlineData("s\u0323\u0307", "\u1e69")]
    [InlineData("s\u0307\u0323", "\u1e69")]
    [InlineData("\u1112\u1161\u11ab", "\ud55c")]
    [InlineData("\u0915\u093c", "\u0915\u093c")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\ufb01", "\ufb01")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    [InlineData("e\u0301\0e\u0301", "\u00e9\0\u00e9")]
    [InlineData("\ud83d\ude00 e\u0301", "\ud83d\ude00 \u00e9")]
    public void Text_is_composed(string text, string expected)
    {
        Assert.Equal(expected, ComposedText.Of(text));
        Assert.Equal(expected, ComposedText.Of(expected));
    }

    [Theory]
    [InlineData("\ud83d")]
    [InlineData("a\udc00")]
    public void Half_of_a_pair_is_refused(string text) => Assert.ThrowsAny<ArgumentException>(() => ComposedText.Of(text));
}

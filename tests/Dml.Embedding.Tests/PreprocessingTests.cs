namespace Dml.Embedding.Tests;

public class PreprocessingTests
{
    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Normalize_is_the_formula(ChannelOrder order)
    {
        Preprocessing preprocessing = new()
        {
            InputSize = 7,
            Channels = order,
            Mean = [0.485f, 0.456f, 0.406f],
            Std = [0.229f, 0.224f, 0.225f],
        };
        var rgb = new byte[preprocessing.PixelBytes];
        new Random(3).NextBytes(rgb);
        var chw = new float[rgb.Length];
        preprocessing.Normalize(rgb, chw);
        for (var pixel = 0; pixel < 49; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var source = order == ChannelOrder.Rgb ? channel : 2 - channel;
                var expected = ((rgb[(pixel * 3) + source] / 255.0) - preprocessing.Mean[channel]) / preprocessing.Std[channel];
                Assert.Equal(expected, chw[(channel * 49) + pixel], 2e-6);
            }
        }
    }

    [Fact]
    public void Caffe_networks_get_their_numbers()
    {
        Preprocessing caffe = new()
        {
            InputSize = 1,
            Channels = ChannelOrder.Bgr,
            Mean = [104 / 255f, 117 / 255f, 123 / 255f],
            Std = [1 / 255f, 1 / 255f, 1 / 255f],
        };
        var chw = new float[3];
        caffe.Normalize([200, 100, 50], chw);
        Assert.Equal([-54, -17, 77], chw.Select(value => (int)MathF.Round(value)));
    }

    [Fact]
    public void Lengths_must_fit()
    {
        Preprocessing preprocessing = new() { InputSize = 2 };
        Assert.Throws<ArgumentException>(() => preprocessing.Normalize(new byte[12], new float[11]));
        Assert.Throws<ArgumentException>(() => preprocessing.Normalize(new byte[11], new float[11]));
        Assert.Throws<ArgumentException>(() => PictureDecoder.TryDecode([1], preprocessing, 10, new byte[11], out _));
    }
}

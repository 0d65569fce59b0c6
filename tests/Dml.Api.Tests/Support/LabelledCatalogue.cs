using Dml.Client;
using Dml.Embedding;

namespace Dml.Api.Tests.Support;

/// <summary>Twenty labels of three items each: one picture in three formats, alike but not equal.</summary>
internal static class LabelledCatalogue
{
    public const int Labels = 20;
    public const int Items = Labels * 3;
    private static readonly PictureFormat[] Formats = [PictureFormat.Png, PictureFormat.Jpeg, PictureFormat.WebP];

    public static byte[] Picture(int item) => Pictures.Blocks(item / 3, Formats[item % 3]);

    public static Task FillAsync(DmlClient client) => Parallel.ForAsync(
        0, Items, TestContext.Current.CancellationToken,
        async (i, cancel) => await client.PutItemAsync($"i{i:d2}", Picture(i), new() { Label = $"label {i / 3}" }, cancel));
}

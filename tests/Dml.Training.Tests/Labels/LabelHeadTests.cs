using Dml.Training.Labels;

namespace Dml.Training.Tests.Labels;

public sealed class LabelHeadTests : IDisposable
{
    private static readonly string Fingerprint = new('a', 64);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static float[] Unit(double x, double y) =>
        [(float)(x / Math.Sqrt((x * x) + (y * y))), (float)(y / Math.Sqrt((x * x) + (y * y)))];

    [Fact]
    public void Classes_are_mean_directions_whatever_the_order_and_survive_the_file()
    {
        var head = LabelHead.Open(_folder.Path, Fingerprint, 2);
        Assert.True(head.Imprint("one", [Unit(1, .2)]));
        Assert.True(head.Imprint("two", [Unit(-.3, .9), Unit(.1, 1.1)]));
        Assert.True(head.Imprint("one", [Unit(.6, .5)]));
        head.Save();

        head = LabelHead.Open(_folder.Path, Fingerprint, 2);

        Assert.Equal([("one", 2), ("two", 2)], head.Classes);
        // The worked rows [0.90215089, 0.43142065] and [-0.11528840, 0.99333206].
        var nearest = head.Nearest([1, 0], 5);
        Assert.Equal(["one", "two"], nearest.Select(n => n.Name));
        Assert.Equal(.90215089f, nearest[0].Cosine, 1e-6f);
        Assert.Equal(-.11528840f, nearest[1].Cosine, 1e-6f);
        Assert.Equal("two", Assert.Single(head.Nearest([0, 1], 1)).Name);
    }

    [Fact]
    public void Opposing_pictures_leave_the_first()
    {
        var head = LabelHead.Open(_folder.Path, Fingerprint, 2);
        Assert.False(head.Imprint("torn", [Unit(1, 0), Unit(-1, 0)]));
        Assert.Equal(1, head.Nearest([1, 0], 1)[0].Cosine, 1e-6f);
        Assert.True(head.Imprint("torn", [Unit(0, 1)]));
        Assert.Equal(1, head.Nearest([0, 1], 1)[0].Cosine, 1e-6f);
    }

    [Fact]
    public void A_file_of_another_embedder_or_a_damaged_one_is_refused()
    {
        var head = LabelHead.Open(_folder.Path, Fingerprint, 2);
        head.Imprint("one", [Unit(1, 0)]);
        head.Save();
        Assert.Contains(
            "another embedder", Assert.Throws<InvalidDataException>(() => LabelHead.Open(_folder.Path, new('b', 64), 2)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => LabelHead.Open(_folder.Path, Fingerprint, 3));
        File.WriteAllText(_folder.File(LabelHead.FileName), "{");
        Assert.Contains(
            "Delete it", Assert.Throws<InvalidDataException>(() => LabelHead.Open(_folder.Path, Fingerprint, 2)).Message,
            StringComparison.Ordinal);
    }
}

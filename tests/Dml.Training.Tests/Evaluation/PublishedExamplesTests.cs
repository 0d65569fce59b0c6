using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

/// <summary>Rankings small enough to work out by hand.</summary>
public class PublishedExamplesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The query at 0, its answers behind one another at 1, 2, 3…
    private static EvaluationFigures Ask(LabelledPicture query, LabelledPicture[] answers, params string[] figures) =>
        HeldOutEvaluation.Measure(
            RetrievalTests.OnCircle([.. Enumerable.Range(0, 1 + answers.Length).Select(i => (double)i)]),
            RetrievalProtocol.Of([query with { Role = PictureRole.Query }, .. answers.Select(a => a with { Role = PictureRole.Gallery })]),
            figures, cancel: Cancel);

    private static LabelledPicture Picture(string label, string? camera = null, params string[] labels) => new("", label, () => [])
    {
        Attributes = camera is null ? [] : new Dictionary<string, string> { ["camera"] = camera },
        Labels = labels,
    };

    private static LabelledPicture[] Ranking(params int[] relevance) => [.. relevance.Select(r => Picture(r == 1 ? "right" : "wrong"))];

    [Fact]
    public void Sketch_retrieval_has_two_average_precisions()
    {
        var figures = Ask(Picture("right"), Ranking(1, 0, 1, 1, 0), "mAP@all", "mAP-interpolated", "P@100");

        Assert.Equal(0.805556, figures["mAP@all"], 6);
        Assert.Equal(0.833333, figures["mAP-interpolated"], 6);
        Assert.Equal(0.6, figures["P@100"], 12);
    }

    [Fact]
    public void Ndcg_of_one_label()
    {
        var first = Ask(Picture("right"), Ranking(1, 0, 1, 1, 0), "nDCG@1", "nDCG@3", "nDCG@5");
        Assert.Equal(1, first["nDCG@1"], 12);
        Assert.Equal(0.7039180890, first["nDCG@3"], 9);
        Assert.Equal(0.9060254355, first["nDCG@5"], 9);
        Assert.Equal(0.6509209298, Ask(Picture("right"), Ranking(0, 1, 0, 1), "nDCG@4")["nDCG@4"], 9);
    }

    [Fact]
    public void Ndcg_of_several_labels_gains_more_where_more_are_shared()
    {
        LabelledPicture[] answers = [Picture("a", null, "sea"), Picture("b", null, "sand"), Picture("c", null, "sea", "ship", "dock")];

        var figures = Ask(Picture("q", null, "sea", "ship"), answers, "nDCG@3", "mAP@all", "R@1");

        // Gains 1, 0, 3 where 3, 1, 0 would be best.
        Assert.Equal((1 + 3 / 2.0) / (3 + 1 / Math.Log2(3)), figures["nDCG@3"], 12);
        Assert.Equal((1 + 2.0 / 3) / 2, figures["mAP@all"], 12);
        Assert.Equal(1, figures["R@1"]);
    }

    [Fact]
    public void Re_identification_leaves_out_the_same_person_on_the_same_camera()
    {
        // The junk of the published example, (-1, camera 3) between (7, 2) and (5, 3), is left out when the set is read.
        LabelledPicture[] answers = [Picture("5", "1"), Picture("5", "2"), Picture("7", "2"), Picture("5", "3"), Picture("8", "1")];

        var figures = Ask(Picture("5", "1"), answers, "Rank-1", "mAP@all", "mINP");

        Assert.Equal(1, figures["Rank-1"]);
        Assert.Equal(0.833333, figures["mAP@all"], 6);
        Assert.Equal(2.0 / 3, figures["mINP"], 12);
        LabelledPicture[] noCameras = [.. answers.Select(a => Picture(a.Class))];
        Assert.NotEqual(0.833333, Ask(Picture("5"), noCameras, "mAP@all")["mAP@all"], 6);
    }

    [Fact]
    public void In_shop_asks_a_gallery()
    {
        LabelledPicture[] answers = [Picture("7"), Picture("3"), Picture("9"), Picture("3")];

        var figures = Ask(Picture("3"), answers, "R@1", "R@10");

        Assert.Equal((0, 1), (figures["R@1"], figures["R@10"]));
        Assert.Equal("1 query against a gallery of 4", figures.Protocol);
        Assert.Equal(1, figures.Queries);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses.Gaussian;
using Dml.Training.Losses.Ranking;
using Dml.Training.Losses.Regularizers;
using Dml.Training.Losses.SelfPaced;
using Dml.Training.Losses.Softmax;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Losses.Wrappers;

namespace Dml.Training.Losses;

/// <summary>Every loss that a recipe can name.</summary>
public static class LossCatalogue
{
    /// <summary>The table, one line per loss.</summary>
    public static IReadOnlyList<LossMethod> All { get; } =
    [
        Line("proxy-anchor", ProxyAnchor.About, new ProxyAnchor.Options(),
            (shape, options, initializer) => new ProxyAnchor(shape, options, initializer)),
        Line("soft-orthogonal-proxies", ProxyAnchorSoftOrthogonal.About, new ProxyAnchorSoftOrthogonal.Options(),
            (shape, options, initializer) => new ProxyAnchorSoftOrthogonal(shape, options, initializer)),
        Line("contrastive", Contrastive.About, new Contrastive.Options(), (shape, options, _) => new Contrastive(shape, options)),
        Line("multi-similarity", MultiSimilarity.About, new MultiSimilarity.Options(),
            (shape, options, _) => new MultiSimilarity(shape, options)),
        Line("triplet", Triplet.About, new Triplet.Options(), (shape, options, _) => new Triplet(shape, options)),
        Line("margin", Margin.About, new Margin.Options(), (shape, options, _) => new Margin(shape, options)),
        Line("n-pair", NPair.About, new NPair.Options(), (shape, options, _) => new NPair(shape, options)),
        Line("proxy-nca", ProxyNca.About, new ProxyNca.Options(),
            (shape, options, initializer) => new ProxyNca(shape, options, initializer)),
        Line("proxy-nca-plus-plus", ProxyNca.AboutPlusPlus, new ProxyNca.Options { Smoothing = 0 },
            (shape, options, initializer) => new ProxyNca(shape, options, initializer)),
        Line("multi-proxy-anchor", MultiProxyAnchor.About, new MultiProxyAnchor.Options(),
            (shape, options, initializer) => new MultiProxyAnchor(shape, options, initializer)),
        Line("lifted-structured", LiftedStructured.About, new LiftedStructured.Options(),
            (shape, options, _) => new LiftedStructured(shape, options)),
        Line("contrastive-bayesian", ContrastiveBayesian.About, new ContrastiveBayesian.Options(),
            (shape, options, _) => new ContrastiveBayesian(shape, options)),
        Line("group-loss", GroupLoss.About, new GroupLoss.Options(),
            (shape, options, initializer) => new GroupLoss(shape, options, initializer)),
        Line("relational-distillation", RelationalDistillation.About, new RelationalDistillation.Options(),
            (shape, options, initializer) => new RelationalDistillation(shape, options, initializer)),
        Line("informative-triplets-rs", InformativeTriplets.About, new InformativeTriplets.Options(),
            (shape, options, _) => new InformativeTriplets(shape, options)),
        Line("mathm", ModalityHardMining.About, new ModalityHardMining.Options(),
            (shape, options, initializer) => new ModalityHardMining(shape, options, initializer)),
        Line("weight-imprinting", WeightImprinting.About, new WeightImprinting.Options(),
            (shape, options, initializer) => new WeightImprinting(shape, options, initializer)),
        Line("normalized-softmax", NormalizedSoftmax.About, new NormalizedSoftmax.Options(),
            (shape, options, initializer) => new NormalizedSoftmax(shape, options, initializer)),
        Line("cosface", CosFace.About, new CosFace.Options(), (shape, options, initializer) => new CosFace(shape, options, initializer)),
        Line("arcface", ArcFace.About, new ArcFace.Options(), (shape, options, initializer) => new ArcFace(shape, options, initializer)),
        Line("sub-center-arcface", ArcFace.AboutSubCenters, new ArcFace.Options { Centres = 3 },
            (shape, options, initializer) => new ArcFace(shape, options, initializer)),
        Line("soft-triple", SoftTriple.About, new SoftTriple.Options(),
            (shape, options, initializer) => new SoftTriple(shape, options, initializer)),
        Line("supcon", SupCon.About, new SupCon.Options(), (shape, options, _) => new SupCon(shape, options)),
        Line("nt-xent", NtXent.About, new NtXent.Options(), (shape, options, _) => new NtXent(shape, options)),
        Line("circle", Circle.About, new Circle.Options(), (shape, options, _) => new Circle(shape, options)),
        Line("ranked-list", RankedList.About, new RankedList.Options(), (shape, options, _) => new RankedList(shape, options)),
        Line("angular", Angular.About, new Angular.Options(), (shape, options, _) => new Angular(shape, options)),
        Line("fast-ap", FastAp.About, new FastAp.Options(), (shape, options, _) => new FastAp(shape, options)),
        Line("smooth-ap", SmoothAp.About, new SmoothAp.Options(), (shape, options, _) => new SmoothAp(shape, options)),
        Line("recall-at-k", RecallAtK.About, new RecallAtK.Options(), (shape, options, _) => new RecallAtK(shape, options)),
        Line("cross-batch-memory", CrossBatchMemory.About, new CrossBatchMemory.Options(),
            (shape, options, initializer) => new CrossBatchMemory(shape, options, initializer)),
        Line("regularized", Regularized.About, new Regularized.Options(),
            (shape, options, initializer) => new Regularized(shape, options, initializer)),
        Line("das", DenselyAnchoredSampling.About, new DenselyAnchoredSampling.Options(),
            (shape, options, initializer) => new DenselyAnchoredSampling(shape, options, initializer)),
        Line("iaa", IntraClassAugmentation.About, new IntraClassAugmentation.Options(),
            (shape, options, _) => new IntraClassAugmentation(shape, options)),
        Line("rotation-hard-samples", RotationHardSamples.About, new RotationHardSamples.Options(),
            (shape, options, _) => new RotationHardSamples(shape, options)),
        Line("symmetrical-synthesis", SymmetricalSynthesis.About, new SymmetricalSynthesis.Options(),
            (shape, options, _) => new SymmetricalSynthesis(shape, options)),
        Line("alternating-projections", AlternatingProjections.About, new AlternatingProjections.Options(),
            (shape, options, initializer) => new AlternatingProjections(shape, options, initializer)),
        Line("hier", HierarchicalRegularization.About, new HierarchicalRegularization.Options(),
            (shape, options, initializer) => new HierarchicalRegularization(shape, options, initializer)),
        Line("bspml", BalancedSelfPaced.About, new BalancedSelfPaced.Options(),
            (shape, options, _) => new BalancedSelfPaced(shape, options)),
        Line("gaussian-subspaces", GaussianSubspaces.About, new GaussianSubspaces.Options(),
            (shape, options, initializer) => new GaussianSubspaces(shape, options, initializer)),
        Line("hybrid-proxy-pair", HybridProxyPair.About, new HybridProxyPair.Options(),
            (shape, options, initializer) => new HybridProxyPair(shape, options, initializer)),
        Line("ensemble-losses", EnsembleOfLosses.About, new EnsembleOfLosses.Options(),
            (shape, options, initializer) => new EnsembleOfLosses(shape, options, initializer)),
        Line("hard-sample-synthesis", HardSampleSynthesis.About, new HardSampleSynthesis.Options(),
            (shape, options, initializer) => new HardSampleSynthesis(shape, options, initializer)),
    ];

    /// <summary>Builds the named loss.</summary>
    /// <param name="name">A name of the table.</param>
    /// <param name="shape">Classes and dimension.</param>
    /// <param name="options">Members that differ from the defaults; null for none.</param>
    /// <param name="seed">Seed of the initial proxies.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingLoss Create(string name, LossShape shape, JsonObject? options, int seed) =>
        Catalogue.Find("loss", All, name).Build(shape, options, new Initializer(seed));

    /// <summary>Builds a loss that another loss names in its options.</summary>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    internal static EmbeddingLoss Create(MethodChoice choice, LossShape shape, Initializer initializer) =>
        Catalogue.Find("loss", All, choice.Name).Build(shape, choice.Options, initializer);

    /// <summary>The choice with every option written out, including the options of losses that its own options name.</summary>
    /// <exception cref="RecipeException">An unknown name or option.</exception>
    public static MethodChoice Resolve(MethodChoice choice)
    {
        var resolved = choice.Resolve("loss", All);
        if (resolved.Options["base"] is { } inner)
        {
            resolved.Options["base"] = Resolved(inner);
        }

        if (resolved.Options["regularizer"] is { } regularizer)
        {
            var named = regularizer.Deserialize<MethodChoice>()!.Resolve("regularizer", RegularizerCatalogue.All);
            resolved.Options["regularizer"] = JsonSerializer.SerializeToNode(named);
        }

        if (resolved.Options["members"] is JsonArray members)
        {
            resolved.Options["members"] = new JsonArray([.. members.Select(Resolved)]);
        }

        return resolved;

        static JsonNode? Resolved(JsonNode? choice) => JsonSerializer.SerializeToNode(Resolve(choice.Deserialize<MethodChoice>()!));
    }

    private static LossMethod Line<TOptions>(
        string name,
        MethodAbout about,
        TOptions defaults,
        Func<LossShape, TOptions, Initializer, EmbeddingLoss> build)
        where TOptions : class
        => new(name, about, defaults, (shape, given, initializer) => build(shape, MethodOptions.Read(name, defaults, given), initializer));
}

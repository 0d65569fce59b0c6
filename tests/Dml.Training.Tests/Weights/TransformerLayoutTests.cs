using Dml.Onnx;
using Dml.Training.Backbones;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using Dml.Training.Weights;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Weights;

/// <summary>Tensors by the names of other libraries, written out here as those libraries have them.</summary>
public sealed class TransformerLayoutTests : IDisposable
{
    private const int Width = 24;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Openais_clip()
    {
        using var scope = NewDisposeScope();
        var source = Tensors("clip-vit-b32");
        Dictionary<string, SafetensorsTensor> file = new()
        {
            ["visual.class_embedding"] = source["cls_token"] with { Shape = [Width] },
            ["visual.positional_embedding"] = source["pos_embed"] with { Shape = [17, Width] },
            ["visual.conv1.weight"] = source["patch_embed.proj.weight"],
            ["visual.proj"] = source["projection"],
            ["visual.ln_pre.weight"] = source["norm_pre.weight"],
            ["visual.ln_pre.bias"] = source["norm_pre.bias"],
            ["visual.ln_post.weight"] = source["norm.weight"],
            ["visual.ln_post.bias"] = source["norm.bias"],
            ["transformer.resblocks.0.ln_1.weight"] = SafetensorsTensor.From([1f], 1),
            ["token_embedding.weight"] = SafetensorsTensor.From([1f], 1),
            ["logit_scale"] = SafetensorsTensor.From([1f]),
        };
        for (var block = 0; block < 2; block++)
        {
            var (theirs, ours) = ($"visual.transformer.resblocks.{block}.", $"blocks.{block}.");
            foreach (var part in (string[])["weight", "bias"])
            {
                file[$"{theirs}ln_1.{part}"] = source[$"{ours}norm1.{part}"];
                file[$"{theirs}ln_2.{part}"] = source[$"{ours}norm2.{part}"];
                file[$"{theirs}attn.in_proj_{part}"] = source[$"{ours}attn.qkv.{part}"];
                file[$"{theirs}attn.out_proj.{part}"] = source[$"{ours}attn.proj.{part}"];
                file[$"{theirs}mlp.c_fc.{part}"] = source[$"{ours}mlp.fc1.{part}"];
                file[$"{theirs}mlp.c_proj.{part}"] = source[$"{ours}mlp.fc2.{part}"];
            }
        }

        Check("clip-vit-b32", source, file, ["logit_scale", "token_embedding.weight", "transformer.resblocks.0.ln_1.weight"]);
    }

    [Fact]
    public void Hugging_faces_clip()
    {
        using var scope = NewDisposeScope();
        var source = Tensors("clip-vit-b32");
        Dictionary<string, SafetensorsTensor> file = new()
        {
            ["vision_model.embeddings.class_embedding"] = source["cls_token"] with { Shape = [Width] },
            ["vision_model.embeddings.position_embedding.weight"] = source["pos_embed"] with { Shape = [17, Width] },
            ["vision_model.embeddings.position_ids"] = SafetensorsTensor.From([1L, 2], 1, 2),
            ["vision_model.embeddings.patch_embedding.weight"] = source["patch_embed.proj.weight"],
            ["visual_projection.weight"] = Transposed(source["projection"]),
            ["vision_model.pre_layrnorm.weight"] = source["norm_pre.weight"],
            ["vision_model.pre_layrnorm.bias"] = source["norm_pre.bias"],
            ["vision_model.post_layernorm.weight"] = source["norm.weight"],
            ["vision_model.post_layernorm.bias"] = source["norm.bias"],
            ["text_model.embeddings.token_embedding.weight"] = SafetensorsTensor.From([1f], 1),
        };
        for (var block = 0; block < 2; block++)
        {
            var (theirs, ours) = ($"vision_model.encoder.layers.{block}.", $"blocks.{block}.");
            foreach (var part in (string[])["weight", "bias"])
            {
                file[$"{theirs}layer_norm1.{part}"] = source[$"{ours}norm1.{part}"];
                file[$"{theirs}layer_norm2.{part}"] = source[$"{ours}norm2.{part}"];
                AddThirds(file, source[$"{ours}attn.qkv.{part}"], letter => $"{theirs}self_attn.{letter[0]}_proj.{part}");
                file[$"{theirs}self_attn.out_proj.{part}"] = source[$"{ours}attn.proj.{part}"];
                file[$"{theirs}mlp.fc1.{part}"] = source[$"{ours}mlp.fc1.{part}"];
                file[$"{theirs}mlp.fc2.{part}"] = source[$"{ours}mlp.fc2.{part}"];
            }
        }

        Check(
            "clip-vit-b32", source, file,
            ["text_model.embeddings.token_embedding.weight", "vision_model.embeddings.position_ids"]);
    }

    [Theory]
    [InlineData("dinov2-small")]
    [InlineData("dinov2-small-registers")]
    public void Hugging_faces_dinov2(string backbone)
    {
        using var scope = NewDisposeScope();
        var source = Tensors(backbone);
        Dictionary<string, SafetensorsTensor> file = new()
        {
            ["embeddings.cls_token"] = source["cls_token"],
            ["embeddings.mask_token"] = SafetensorsTensor.From(new float[Width], 1, Width),
            ["embeddings.position_embeddings"] = source["pos_embed"],
            ["embeddings.patch_embeddings.projection.weight"] = source["patch_embed.proj.weight"],
            ["embeddings.patch_embeddings.projection.bias"] = source["patch_embed.proj.bias"],
            ["layernorm.weight"] = source["norm.weight"],
            ["layernorm.bias"] = source["norm.bias"],
        };
        if (source.TryGetValue("register_tokens", out var registers))
        {
            file["embeddings.register_tokens"] = registers;
        }

        for (var block = 0; block < 2; block++)
        {
            var (theirs, ours) = ($"encoder.layer.{block}.", $"blocks.{block}.");
            file[$"{theirs}layer_scale1.lambda1"] = source[$"{ours}ls1.gamma"];
            file[$"{theirs}layer_scale2.lambda1"] = source[$"{ours}ls2.gamma"];
            foreach (var part in (string[])["weight", "bias"])
            {
                file[$"{theirs}norm1.{part}"] = source[$"{ours}norm1.{part}"];
                file[$"{theirs}norm2.{part}"] = source[$"{ours}norm2.{part}"];
                AddThirds(file, source[$"{ours}attn.qkv.{part}"], name => $"{theirs}attention.attention.{name}.{part}");
                file[$"{theirs}attention.output.dense.{part}"] = source[$"{ours}attn.proj.{part}"];
                file[$"{theirs}mlp.fc1.{part}"] = source[$"{ours}mlp.fc1.{part}"];
                file[$"{theirs}mlp.fc2.{part}"] = source[$"{ours}mlp.fc2.{part}"];
            }
        }

        Check(backbone, source, file, ["mask_token"]);
    }

    [Fact]
    public void A_clip_without_its_projection_leaves_it_out()
    {
        using var scope = NewDisposeScope();
        var options = SmallNetworks.Options("clip-vit-b32");
        var path = Save(Tensors("clip-vit-b32"));
        options["projection"] = 0;
        var plain = BackboneCatalogue.Create("clip-vit-b32", options, new Initializer(2));
        Assert.Equal(Width, plain.OutputDimension);
        Assert.Equal(["projection"], PretrainedWeights.Load(plain, path).LeftOut);
    }

    private void Check(
        string backbone, Dictionary<string, SafetensorsTensor> source, Dictionary<string, SafetensorsTensor> file, string[] leftOut)
    {
        var target = BackboneCatalogue.Create(backbone, SmallNetworks.Options(backbone), new Initializer(2));
        Assert.Equal(leftOut, PretrainedWeights.Load(target, Save(file)).LeftOut.Order(StringComparer.Ordinal));
        Assert.All(target.state_dict(), t => Assert.Equal(source[t.Key].ToFloats(), t.Value.ToFloats()));
    }

    private string Save(Dictionary<string, SafetensorsTensor> tensors)
    {
        var path = _folder.File("weights.safetensors");
        SafetensorsFile.Save(path, new(tensors, new Dictionary<string, string>()));
        return path;
    }

    private static Dictionary<string, SafetensorsTensor> Tensors(string backbone)
    {
        var network = BackboneCatalogue.Create(backbone, SmallNetworks.Options(backbone), new Initializer(1));
        var initializer = new Initializer(3);
        foreach (var tensor in network.state_dict().Values)
        {
            initializer.Normal(tensor, 1);
        }

        return network.state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
    }

    // Queries, keys and values: three layers where we have one.
    private static void AddThirds(Dictionary<string, SafetensorsTensor> file, SafetensorsTensor joined, Func<string, string> nameOf)
    {
        string[] names = ["query", "key", "value"];
        foreach (var (part, name) in joined.ToFloats().Chunk(joined.ToFloats().Length / 3).Zip(names))
        {
            file[nameOf(name)] = SafetensorsTensor.From(part, [joined.Shape[0] / 3, .. joined.Shape[1..]]);
        }
    }

    private static SafetensorsTensor Transposed(SafetensorsTensor tensor) => SafetensorsTensor.From(
        TensorContent.Transposed(tensor.ToFloats(), (int)tensor.Shape[0]), tensor.Shape[1], tensor.Shape[0]);
}

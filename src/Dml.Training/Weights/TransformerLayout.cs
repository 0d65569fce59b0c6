using System.Text.RegularExpressions;

namespace Dml.Training.Weights;

/// <summary>
/// How a library names and lays out the tensors of a vision transformer that is, layer for layer, ours. OpenAI's CLIP and Hugging Face's
/// CLIP and DINOv2; timm's, DeiT's and DINOv2's own files need none of it.
/// </summary>
internal sealed class TransformerLayout
{
    private const string Queries = "attn.q.", Keys = "attn.k.", Values = "attn.v.", Joined = "attn.qkv.";

    private static readonly TransformerLayout[] All =
    [
        new("visual.class_embedding", leftOut: "^(?!visual\\.)")
        {
            Names =
            [
                ("^visual\\.class_embedding$", "cls_token"),
                ("^visual\\.positional_embedding$", "pos_embed"),
                ("^visual\\.conv1\\.", "patch_embed.proj."),
                ("^visual\\.ln_pre\\.", "norm_pre."),
                ("^visual\\.ln_post\\.", "norm."),
                ("^visual\\.proj$", "projection"),
                ("^visual\\.transformer\\.resblocks\\.", "blocks."),
                ("\\.ln_([12])\\.", ".norm$1."),
                ("\\.attn\\.in_proj_", ".attn.qkv."),
                ("\\.attn\\.out_proj\\.", ".attn.proj."),
                ("\\.mlp\\.c_fc\\.", ".mlp.fc1."),
                ("\\.mlp\\.c_proj\\.", ".mlp.fc2."),
            ],
        },
        new("vision_model.embeddings.class_embedding", leftOut: "^(?!vision_model\\.|visual_projection\\.)|\\.position_ids$")
        {
            Names =
            [
                ("^vision_model\\.embeddings\\.class_embedding$", "cls_token"),
                ("^vision_model\\.embeddings\\.position_embedding\\.weight$", "pos_embed"),
                ("^vision_model\\.embeddings\\.patch_embedding\\.", "patch_embed.proj."),
                ("^vision_model\\.pre_layrnorm\\.", "norm_pre."),
                ("^vision_model\\.post_layernorm\\.", "norm."),
                ("^visual_projection\\.weight$", "projection"),
                ("^vision_model\\.encoder\\.layers\\.", "blocks."),
                ("\\.layer_norm([12])\\.", ".norm$1."),
                ("\\.self_attn\\.([qkv])_proj\\.", ".attn.$1."),
                ("\\.self_attn\\.out_proj\\.", ".attn.proj."),
            ],
            ProjectionIsTransposed = true,
        },
        new("embeddings.patch_embeddings.projection.weight", leftOut: "^(pooler|classifier)\\.")
        {
            Names =
            [
                ("^embeddings\\.cls_token$", "cls_token"),
                ("^embeddings\\.mask_token$", "mask_token"),
                ("^embeddings\\.register_tokens$", "register_tokens"),
                ("^embeddings\\.position_embeddings$", "pos_embed"),
                ("^embeddings\\.patch_embeddings\\.projection\\.", "patch_embed.proj."),
                ("^layernorm\\.", "norm."),
                ("^encoder\\.layer\\.", "blocks."),
                ("\\.attention\\.attention\\.(?:(q)uery|(k)ey|(v)alue)\\.", ".attn.$1$2$3."),
                ("\\.attention\\.output\\.dense\\.", ".attn.proj."),
                ("\\.layer_scale([12])\\.lambda1$", ".ls$1.gamma"),
            ],
        },
    ];

    private readonly string _mark;
    private readonly Regex _leftOut;

    private TransformerLayout(string mark, string leftOut) => (_mark, _leftOut) = (mark, new Regex(leftOut));

    private (string Pattern, string Replacement)[] Names { get; init; } = [];

    private bool ProjectionIsTransposed { get; init; }

    /// <summary>The tensors by our names where a layout is recognised, by their own otherwise.</summary>
    /// <param name="file">What the file holds.</param>
    /// <param name="leftOut">Names of tensors that belong to another part of the published network, such as CLIP's text tower.</param>
    internal static Dictionary<string, PublishedTensor> Apply(IReadOnlyList<PublishedTensor> file, out List<string> leftOut)
    {
        var tensors = file.ToDictionary(tensor => tensor.Source, StringComparer.Ordinal);
        var layout = Array.Find(All, layout => tensors.ContainsKey(layout._mark));
        leftOut = layout is null ? [] : [.. tensors.Keys.Where(name => layout._leftOut.IsMatch(name))];
        return layout is null ? tensors : layout.Renamed(file);
    }

    private Dictionary<string, PublishedTensor> Renamed(IReadOnlyList<PublishedTensor> file)
    {
        var renamed = new Dictionary<string, PublishedTensor>(StringComparer.Ordinal);
        foreach (var tensor in file.Where(tensor => !_leftOut.IsMatch(tensor.Source)))
        {
            var name = Names.Aggregate(tensor.Source, (name, rule) => Regex.Replace(name, rule.Pattern, rule.Replacement));
            renamed[name] = name switch
            {
                "cls_token" or "pos_embed" when tensor.Shape.Length is 1 or 2 =>
                    tensor.Reshaped([.. Enumerable.Repeat(1L, 3 - tensor.Shape.Length), .. tensor.Shape]),
                "projection" when ProjectionIsTransposed && tensor.Shape.Length == 2 => tensor.Transposed(),
                _ => tensor,
            };
        }

        foreach (var name in renamed.Keys.Where(name => name.Contains(Queries, StringComparison.Ordinal)).ToList())
        {
            Join(renamed, name);
        }

        return renamed;
    }

    // Three linear layers on the same input are one with their rows one below the other.
    private static void Join(Dictionary<string, PublishedTensor> tensors, string queries)
    {
        string Other(string part) => queries.Replace(Queries, part, StringComparison.Ordinal);
        if (tensors.TryGetValue(Other(Keys), out var keys) && tensors.TryGetValue(Other(Values), out var values))
        {
            PublishedTensor[] parts = [tensors[queries], keys, values];
            if (parts.All(part => part.Shape.Length > 0 && part.Shape.SequenceEqual(keys.Shape)))
            {
                tensors[Other(Joined)] = PublishedTensor.Stacked(parts);
                tensors.Remove(queries);
                tensors.Remove(Other(Keys));
                tensors.Remove(Other(Values));
            }
        }
    }
}

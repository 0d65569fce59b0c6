using Dml.Api.Failures;
using Dml.Contracts;

namespace Dml.Api.Http;

/// <summary>
/// A picture from a request: a multipart form with the file field <c>image</c>, or the raw bytes as the body. It is a
/// slice of the collected body; nothing is copied.
/// </summary>
internal sealed record PictureForm(ReadOnlyMemory<byte> Image, string? Label, string? Attributes)
{
    /// <summary>What is said when there is no picture.</summary>
    public static readonly Refusal NoPicture = new(
        ProblemCode.EmptyImage,
        "Send the picture as the file field \"image\" of a form, or its bytes as the body with the content type image/*.");

    private static readonly Dictionary<string, int> PictureAlone = new() { ["image"] = 1 };
    private static readonly Dictionary<string, int> WithFields = new() { ["image"] = 1, ["label"] = 1, ["attributes"] = 1 };

    public static async ValueTask<Result<PictureForm>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var hasFields = request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<PictureBody>()?.Fields == PictureFields.Item;
        var read = await MultipartBody.CollectAsync(request, hasFields ? WithFields : PictureAlone, cancel);
        if (!read.Succeeded)
        {
            return read.Refusal;
        }

        var form = new PictureForm(default, null, null);
        foreach (var (name, bytes) in read.Value)
        {
            var text = "";
            if (name != "image" && !MultipartBody.TryReadText(bytes.Span, out text))
            {
                return new Refusal(
                    name == "label" ? ProblemCode.BadLabel : ProblemCode.BadAttributes,
                    $"The field \"{name}\" is not valid UTF-8, or longer than {MultipartBody.MaxTextBytes} bytes.");
            }

            form = name switch
            {
                "image" => form with { Image = bytes },
                "label" => form with { Label = text },
                _ => form with { Attributes = text },
            };
        }

        return form.Image.Length > 0 ? form : NoPicture;
    }
}

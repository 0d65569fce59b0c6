using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Dml.Api.Failures;
using Dml.Contracts;
using Microsoft.AspNetCore.WebUtilities;

namespace Dml.Api.Http;

/// <summary>
/// A picture from a request: a multipart form with the file field <c>image</c>, or the raw bytes as the body. It is a
/// slice of the collected body; nothing is copied.
/// </summary>
internal sealed record PictureForm(ReadOnlyMemory<byte> Image, string? Label, string? Attributes)
{
    private const int MaxTextBytes = 64 * 1024;

    public static async ValueTask<Result<PictureForm>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            var read = MultipartBody.TryGetBoundary(request, out var boundary, out var refusal)
                ? await ReadFormAsync(request, boundary, cancel)
                : new PictureForm(CollectedBody.Of(request.HttpContext), null, null);
            if ((refusal ?? read.Refusal) is { } refused)
            {
                return refused;
            }

            return read.Value!.Image.Length > 0
                ? read
                : new Refusal(
                    ProblemCode.EmptyImage,
                    "Send the picture as the file field \"image\" of a form, or its bytes as the body with the content type image/*.");
        }
        catch (Exception exception)
            when (exception is InvalidDataException || (exception is IOException && exception is not BadHttpRequestException))
        {
            return MultipartBody.Malformed(exception);
        }
    }

    private static async Task<Result<PictureForm>> ReadFormAsync(HttpRequest request, string boundary, CancellationToken cancel)
    {
        var body = CollectedBody.Of(request.HttpContext);
        var form = new PictureForm(default, null, null);
        var hasFields = request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<PictureBody>()?.WithFields == true;
        var seen = new HashSet<string>();
        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"') ?? "";
            if (name != "image" && !(hasFields && name is ("label" or "attributes")))
            {
                return new Refusal(
                    ProblemCode.BadForm,
                    $"The field \"{name}\" is unknown; expected image{(hasFields ? ", label or attributes" : " alone")}.");
            }

            if (!seen.Add(name))
            {
                return MultipartBody.Twice(name);
            }

            // A section's length is known only at its end.
            await section.Body.DrainAsync(cancel);
            var bytes = body.Slice((int)section.BaseStreamOffset!.Value, (int)section.Body.Length);
            var text = "";
            if (name != "image" && !TryRead(bytes.Span, out text))
            {
                return new Refusal(
                    name == "label" ? ProblemCode.BadLabel : ProblemCode.BadAttributes,
                    $"The field \"{name}\" is not valid UTF-8, or longer than {MaxTextBytes} bytes.");
            }

            form = name switch
            {
                "image" => form with { Image = bytes },
                "label" => form with { Label = text },
                _ => form with { Attributes = text },
            };
        }

        return form;
    }

    // Never with replacements for bytes that are not UTF-8: different labels would become one.
    private static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        // Windows' editors and shells put a byte order mark before text.
        var content = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        text = bytes.Length <= MaxTextBytes && Utf8.IsValid(content) ? Encoding.UTF8.GetString(content) : null;
        return text is not null;
    }
}

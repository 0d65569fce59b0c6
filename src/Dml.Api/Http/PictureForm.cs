using System.Text;
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
            var form = MultipartBody.TryGetBoundary(request, out var boundary, out var refusal)
                ? await ReadFormAsync(request, boundary, cancel)
                : new PictureForm(CollectedBody.Of(request.HttpContext), null, null);
            if (refusal is not null)
            {
                return refusal;
            }

            return form.Image.Length > 0
                ? form
                : new Refusal(
                    ProblemCode.EmptyImage,
                    "Send the picture as the file field \"image\" of a form, or its bytes as the body with the content type image/*.");
        }
        catch (Exception exception)
            when (exception is InvalidDataException || (exception is IOException && exception is not BadHttpRequestException))
        {
            return new Refusal(ProblemCode.BadForm, $"The multipart body is truncated or malformed: {exception.Message}");
        }
    }

    private static async Task<PictureForm> ReadFormAsync(HttpRequest request, string boundary, CancellationToken cancel)
    {
        var body = CollectedBody.Of(request.HttpContext);
        var form = new PictureForm(default, null, null);
        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"');
            // A section's length is known only at its end.
            await section.Body.DrainAsync(cancel);
            var bytes = body.Slice((int)section.BaseStreamOffset!.Value, (int)section.Body.Length);
            form = name switch
            {
                "image" => form with { Image = bytes },
                "label" => form with { Label = TextOf(bytes.Span, "label") },
                "attributes" => form with { Attributes = TextOf(bytes.Span, "attributes") },
                _ => throw new InvalidDataException($"the field \"{name}\" is unknown; expected image, label or attributes."),
            };
        }

        return form;
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes, string name) =>
        bytes.Length > MaxTextBytes ? throw new InvalidDataException($"the field \"{name}\" is longer than {MaxTextBytes} bytes.")
        : bytes.Length == 0 ? null
        : Encoding.UTF8.GetString(bytes);
}

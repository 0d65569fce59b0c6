using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;

namespace Dml.Api.Http;

/// <summary>
/// A picture as it came: multipart form with a file field <c>image</c>, or the raw bytes as the body. It lies where the body was collected;
/// nothing is copied.
/// </summary>
internal sealed record PictureForm(ReadOnlyMemory<byte> Image, string? Label, string? Attributes)
{
    private const int MaxTextBytes = 64 * 1024;

    /// <summary>Reads the body; exactly one of form and problem is set.</summary>
    public static async ValueTask<(PictureForm? Form, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            var form = MultipartBody.TryGetBoundary(request, out var boundary, out var problem)
                ? await ReadFormAsync(request, boundary, cancel)
                : new PictureForm(CollectedBody.Of(request.HttpContext), null, null);
            if (problem is null && form.Image.Length == 0)
            {
                problem = ProblemCode.EmptyImage.With(
                    "Send the picture as a form's file field \"image\", or its bytes as the body with content type image/*.");
            }

            return problem is null ? (form, null) : (null, problem);
        }
        catch (Exception exception) when (exception is InvalidDataException || (exception is IOException && exception is not BadHttpRequestException))
        {
            return (null, ProblemCode.BadForm.With($"The multipart body is cut off or malformed: {exception.Message}"));
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
            // Its length is known at its end.
            await section.Body.DrainAsync(cancel);
            var bytes = body.Slice((int)section.BaseStreamOffset!.Value, (int)section.Body.Length);
            form = name switch
            {
                "image" => form with { Image = bytes },
                "label" => form with { Label = TextOf(bytes.Span, "label") },
                "attributes" => form with { Attributes = TextOf(bytes.Span, "attributes") },
                _ => throw new InvalidDataException($"the field \"{name}\" is unknown; known are image, label and attributes."),
            };
        }

        return form;
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes, string name) =>
        bytes.Length > MaxTextBytes ? throw new InvalidDataException($"the field \"{name}\" is longer than {MaxTextBytes} bytes.")
        : bytes.Length == 0 ? null
        : Encoding.UTF8.GetString(bytes);
}

using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;

namespace Dml.Api.Http;

/// <summary>A picture as it came: multipart form with a file field <c>image</c>, or the raw bytes as the body.</summary>
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
                : new PictureForm(problem is null ? await ReadBytesAsync(request.Body, request.ContentLength, cancel) : default, null, null);
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
        var form = new PictureForm(default, null, null);
        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"');
            form = name switch
            {
                "image" => form with { Image = await ReadBytesAsync(section.Body, request.ContentLength, cancel) },
                "label" => form with { Label = await ReadTextAsync(section.Body, "label", cancel) },
                "attributes" => form with { Attributes = await ReadTextAsync(section.Body, "attributes", cancel) },
                _ => throw new InvalidDataException($"the field \"{name}\" is unknown; known are image, label and attributes."),
            };
        }
        return form;
    }

    private static async Task<string?> ReadTextAsync(Stream body, string name, CancellationToken cancel)
    {
        var bytes = await ReadBytesAsync(body, MaxTextBytes, cancel);
        if (bytes.Length > MaxTextBytes)
        {
            throw new InvalidDataException($"the field \"{name}\" is longer than {MaxTextBytes} bytes.");
        }
        return bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes.Span);
    }

    // Not pooled: a request that is given up may leave its bytes with an embedder thread. Starts small, so that a
    // header's promise alone never costs memory, and one byte larger, so that the end is seen without growing; Kestrel ends bodies beyond Limits:MaxBodyBytes.
    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(Stream body, long? expected, CancellationToken cancel)
    {
        var buffer = new byte[(int)Math.Clamp((expected ?? 0) + 1, 4096, 256 * 1024)];
        var length = 0;
        while (await body.ReadAsync(buffer.AsMemory(length), cancel) is var read and > 0)
        {
            length += read;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        return buffer.AsMemory(0, length);
    }
}

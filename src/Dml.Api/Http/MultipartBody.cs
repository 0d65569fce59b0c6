using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Dml.Api.Failures;
using Dml.Contracts;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Dml.Api.Http;

/// <summary>Reads bodies of the type multipart/form-data.</summary>
internal static class MultipartBody
{
    // RFC 2046, section 5.1.1. The reader below throws at thousands.
    private const int LongestBoundary = 70;
    private const int BufferBytes = 64 * 1024;

    /// <summary>The longest text in a field.</summary>
    public const int MaxTextBytes = 64 * 1024;

    /// <summary>Finds the boundary of a form.</summary>
    /// <returns>False when the body is not a form, or when <paramref name="refusal"/> says what is wrong with it.</returns>
    public static bool TryGetBoundary(HttpRequest request, [NotNullWhen(true)] out string? boundary, out Refusal? refusal)
    {
        boundary = null;
        refusal = null;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary?.Length is > 0 and <= LongestBoundary)
        {
            return true;
        }

        refusal = new Refusal(
            ProblemCode.BadForm, $"The content type multipart/form-data needs a boundary of at most {LongestBoundary} characters.");
        return false;
    }

    /// <summary>
    /// The fields of a form in their order, as slices of the collected body; of a body that is no form, the whole of it as
    /// <c>image</c>.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="most">How often each field that there may be may come.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<Result<List<(string Name, ReadOnlyMemory<byte> Bytes)>>> CollectAsync(
        HttpRequest request, IReadOnlyDictionary<string, int> most, CancellationToken cancel)
    {
        var body = CollectedBody.Of(request.HttpContext);
        if (!TryGetBoundary(request, out var boundary, out var refusal))
        {
            return refusal is not null ? refusal : new List<(string, ReadOnlyMemory<byte>)> { ("image", body) };
        }

        var fields = new List<(string Name, ReadOnlyMemory<byte> Bytes)>();
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
            {
                var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"') ?? "";
                if (Unexpected(name, fields.Count(field => field.Name == name), most) is { } fault)
                {
                    return fault;
                }

                // A section's length is known only at its end.
                await section.Body.DrainAsync(cancel);
                fields.Add((name, body.Slice((int)section.BaseStreamOffset!.Value, (int)section.Body.Length)));
            }

            return fields;
        }
        catch (Exception exception)
            when (exception is InvalidDataException || (exception is IOException && exception is not BadHttpRequestException))
        {
            return Malformed(exception);
        }
    }

    /// <summary>Reads a text field. False when it is not UTF-8, or too long.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        // Never with replacements for bytes that are not UTF-8: different labels would become one. Windows' editors and shells put a byte
        // order mark before text.
        var content = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        text = bytes.Length <= MaxTextBytes && Utf8.IsValid(content) ? Encoding.UTF8.GetString(content) : null;
        return text is not null;
    }

    private static Refusal? Unexpected(string name, int before, IReadOnlyDictionary<string, int> most)
    {
        if (!most.TryGetValue(name, out var times))
        {
            string[] names = [.. most.Keys];
            var expected = names.Length == 1 ? $"{names[0]} alone" : $"{string.Join(", ", names[..^1])} or {names[^1]}";
            return new Refusal(ProblemCode.BadForm, $"The field \"{name}\" is unknown; expected {expected}.");
        }

        return before < times ? null
            : times == 1 ? Twice(name)
            : new Refusal(ProblemCode.BadForm, $"The field \"{name}\" came more than {times} times.");
    }

    private static Refusal Twice(string name) => new(ProblemCode.BadForm, $"The field \"{name}\" came twice; send it once.");

    // The words of the reader's exception are about streams.
    private static Refusal Malformed(Exception exception) => new(
        ProblemCode.BadForm,
        exception is InvalidDataException
            ? "The multipart body is malformed: the headers of a part cannot be read, or are too many or too long."
            : "The multipart body ends before its last boundary: it is cut off, or its boundary is not the one that the content type "
                + "names.");

    /// <summary>Streams each file field of a form to a file.</summary>
    /// <param name="request">The request.</param>
    /// <param name="files">Path by field name; every field is required.</param>
    /// <param name="optional">Path by field name of the fields that may be left out.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Null, or what is wrong with the form.</returns>
    public static async Task<Refusal?> SaveAsync(
        HttpRequest request,
        IReadOnlyDictionary<string, string> files,
        IReadOnlyDictionary<string, string> optional,
        CancellationToken cancel)
    {
        var names = string.Join(" and ", files.Keys)
            + (optional.Count > 0 ? $", and if you like {string.Join(" and ", optional.Keys)}" : "");
        if (!TryGetBoundary(request, out var boundary, out var refusal))
        {
            return refusal ?? new Refusal(ProblemCode.BadForm, $"Send a form (multipart/form-data) with the file fields {names}.");
        }

        var received = new HashSet<string>();
        var buffer = new byte[BufferBytes];
        var isStoring = false;
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
            {
                var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"') ?? "";
                if (!files.TryGetValue(name, out var path) && !optional.TryGetValue(name, out path))
                {
                    return new Refusal(ProblemCode.BadForm, $"The field \"{name}\" is unknown; expected {names}.");
                }

                if (!received.Add(name))
                {
                    return Twice(name);
                }

                isStoring = true;
                await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                isStoring = false;
                for (int read; (read = await section.Body.ReadAsync(buffer, cancel)) > 0;)
                {
                    isStoring = true;
                    await file.WriteAsync(buffer.AsMemory(0, read), cancel);
                    isStoring = false;
                }
            }
        }
        catch (Exception exception)
            when (exception is InvalidDataException
                // What goes wrong with our own file is not the sender's fault.
                || (exception is IOException and not BadHttpRequestException && !isStoring))
        {
            return Malformed(exception);
        }

        var missing = files.Keys.Except(received).ToArray();
        return missing.Length == 0
            ? null
            : new Refusal(ProblemCode.BadForm, $"The form lacks the field {string.Join(" and ", missing)}.");
    }
}

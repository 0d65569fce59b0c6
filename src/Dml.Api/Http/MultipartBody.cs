using System.Diagnostics.CodeAnalysis;
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

    /// <summary>The refusal of a field that is in the form more than once.</summary>
    public static Refusal Twice(string name) => new(ProblemCode.BadForm, $"The field \"{name}\" came twice; send it once.");

    /// <summary>What is wrong with a form that the reader gave up on.</summary>
    /// <param name="exception">Its exception, whose words are about streams.</param>
    public static Refusal Malformed(Exception exception) => new(
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

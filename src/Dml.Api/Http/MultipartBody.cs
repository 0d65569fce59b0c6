using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Dml.Api.Http;

/// <summary>Bodies of the type multipart/form-data.</summary>
internal static class MultipartBody
{
    /// <summary>False when the body is no form; then <paramref name="problem"/> says whether it should have been.</summary>
    public static bool TryGetBoundary(HttpRequest request, [NotNullWhen(true)] out string? boundary, out ProblemHttpResult? problem)
    {
        boundary = null;
        problem = null;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (!string.IsNullOrEmpty(boundary))
        {
            return true;
        }

        problem = ProblemCode.BadForm.With("The content type multipart/form-data needs a boundary.");
        return false;
    }

    /// <summary>Streams each named field into its file; null, or what is wrong with the form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="files">Path by field name; every field must come.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<ProblemHttpResult?> SaveAsync(HttpRequest request, IReadOnlyDictionary<string, string> files, CancellationToken cancel)
    {
        var names = string.Join(" and ", files.Keys);
        if (!TryGetBoundary(request, out var boundary, out var problem))
        {
            return problem ?? ProblemCode.BadForm.With($"Send a form (multipart/form-data) with the file fields {names}.");
        }

        var came = new HashSet<string>();
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
            {
                var name = section.GetContentDispositionHeader()?.Name.Value?.Trim('"') ?? "";
                if (!files.TryGetValue(name, out var path))
                {
                    return ProblemCode.BadForm.With($"The field \"{name}\" is unknown; known are {names}.");
                }

                await using var file = File.Create(path);
                await section.Body.CopyToAsync(file, cancel);
                came.Add(name);
            }
        }
        catch (Exception exception) when (
            exception is InvalidDataException || (exception is IOException and not BadHttpRequestException && !OutOfSpace.Caused(exception)))
        {
            return ProblemCode.BadForm.With($"The multipart body is cut off or malformed: {exception.Message}");
        }

        return came.Count == files.Count ? null : ProblemCode.BadForm.With($"The form lacks the field {string.Join(" and ", files.Keys.Except(came))}.");
    }
}

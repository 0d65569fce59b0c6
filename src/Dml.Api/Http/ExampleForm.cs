using Dml.Api.Failures;
using Dml.Contracts;

namespace Dml.Api.Http;

/// <summary>
/// The examples of a search: pictures, each the file field <c>image</c>, and ids of items in the fields <c>like</c> and <c>dislike</c>. Or
/// the raw bytes of one picture as the body.
/// </summary>
internal sealed record ExampleForm(
    IReadOnlyList<ReadOnlyMemory<byte>> Images, IReadOnlyList<string> Likes, IReadOnlyList<string> Dislikes)
{
    /// <summary>Most of each field in one request.</summary>
    public const int Most = 16;

    private static readonly Dictionary<string, int> Fields = new() { ["image"] = Most, ["like"] = Most, ["dislike"] = Most };

    public static async ValueTask<Result<ExampleForm>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var read = await MultipartBody.CollectAsync(request, Fields, cancel);
        if (!read.Succeeded)
        {
            return read.Refusal;
        }

        var fields = read.Value.ToLookup(field => field.Name, field => field.Bytes);
        var form = new ExampleForm([.. fields["image"]], [], []);
        foreach (var (name, bytes) in read.Value.Where(field => field.Name != "image"))
        {
            if (!MultipartBody.TryReadText(bytes.Span, out var id))
            {
                return new Refusal(ProblemCode.BadForm, $"The field \"{name}\" is not valid UTF-8; expected the id of an item.");
            }

            form = name == "like" ? form with { Likes = [.. form.Likes, id] } : form with { Dislikes = [.. form.Dislikes, id] };
        }

        return form.Fault() is { } fault ? fault : form;
    }

    private Refusal? Fault() =>
        Images.Any(image => image.IsEmpty) ? PictureForm.NoPicture
        : Images.Count + Likes.Count == 0 && Dislikes.Count > 0 ? new Refusal(
            ProblemCode.BadForm, "There is nothing to look for: send a picture as the field image, or the id of an item as the field like.")
        : Images.Count + Likes.Count == 0 ? PictureForm.NoPicture
        : Likes.Intersect(Dislikes).FirstOrDefault() is { } both ? new Refusal(
            ProblemCode.BadForm, $"The item \"{both}\" is in both fields, like and dislike; send it in one of them.")
        : null;
}

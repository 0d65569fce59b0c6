using Dml.Api.Failures;

namespace Dml.Api.Http;

/// <summary>Looks at the space on the disk before an upload is written to it, and while one is whose length is not known.</summary>
internal static class UploadSpace
{
    public static Refusal? LackingSpace(this HttpRequest request, FreeSpace space, string folder)
    {
        if (request.ContentLength is null)
        {
            request.Body = space.Watch(request.Body, folder);
        }

        return space.Lacking(folder, request.ContentLength ?? 0);
    }
}

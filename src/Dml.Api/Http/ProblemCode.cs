using Dml.Api.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Http;

/// <summary>Every error the service answers with: RFC 9457 problem details with a stable code.</summary>
internal sealed record ProblemCode(int Status, string Code, string Title)
{
    public static readonly ProblemCode EmptyImage = new(400, "empty-image", "No picture was sent");
    public static readonly ProblemCode BadParameter = new(400, "bad-parameter", "A parameter is outside its range");
    public static readonly ProblemCode BadFilter = new(400, "bad-filter", "The filter cannot be read");
    public static readonly ProblemCode BadId = new(400, "bad-id", "The id is not allowed");
    public static readonly ProblemCode BadForm = new(400, "bad-form", "The form cannot be read");
    public static readonly ProblemCode BadLabel = new(400, "bad-label", "The label is not allowed");
    public static readonly ProblemCode BadAttributes = new(400, "bad-attributes", "The attributes are not allowed");
    public static readonly ProblemCode BadPatch = new(400, "bad-patch", "The merge patch cannot be applied");
    public static readonly ProblemCode BadCursor = new(400, "bad-cursor", "The cursor is not one of this service");
    public static readonly ProblemCode BadRequest = new(400, "bad-request", "The request cannot be read");
    public static readonly ProblemCode WrongDimension = new(400, "wrong-dimension", "The vector does not fit the active embedder");
    public static readonly ProblemCode BadVector = new(400, "bad-vector", "The vector is not a direction");
    public static readonly ProblemCode BadFeedback = new(400, "bad-feedback", "The feedback cannot be understood");
    public static readonly ProblemCode KeyMissing = new(401, "key-missing", "A key is needed");
    public static readonly ProblemCode KeyUnknown = new(401, "key-unknown", "The key is not known");
    public static readonly ProblemCode RoleTooLow = new(403, "role-too-low", "The key may not do this");
    public static readonly ProblemCode FolderNotAllowed = new(403, "folder-not-allowed", "The folder is not open to imports");
    public static readonly ProblemCode ForeignOrigin = new(403, "foreign-origin", "Other web sites may not change this catalogue");
    public static readonly ProblemCode NotFound = new(404, "not-found", "There is no such thing");
    public static readonly ProblemCode MethodNotAllowed = new(405, "method-not-allowed", "The address does not know this method");
    public static readonly ProblemCode ModelExists = new(409, "model-exists", "There is another embedder of this name");
    public static readonly ProblemCode RolloutRunning = new(409, "rollout-running", "Another rollout is running");
    public static readonly ProblemCode AlreadyActive = new(409, "already-active", "This embedder is in service");
    public static readonly ProblemCode BackupRunning = new(409, "backup-running", "Another backup is running");
    public static readonly ProblemCode GenerationGone = new(409, "generation-gone", "The generation is not kept");
    public static readonly ProblemCode RetrainRunning = new(409, "retrain-running", "A retrain is running");
    public static readonly ProblemCode TooSlow = new(408, "too-slow", "The body comes too slowly");
    public static readonly ProblemCode Changed = new(412, "changed", "The picture is not the one that was asked for");
    public static readonly ProblemCode TooLarge = new(413, "too-large", "The body is too large");
    public static readonly ProblemCode NotAnImage = new(415, "not-an-image", "The body is not a picture of a known format");
    public static readonly ProblemCode NotAnArchive = new(415, "not-an-archive", "The body is neither a zip nor a tar archive");
    public static readonly ProblemCode UnsupportedMediaType = new(415, "unsupported-media-type", "The content type is not understood here");
    public static readonly ProblemCode BadRange = new(416, "bad-range", "The range lies outside the picture");
    public static readonly ProblemCode BadImage = new(422, "bad-image", "The picture is damaged");
    public static readonly ProblemCode TooManyPixels = new(422, "too-many-pixels", "The picture has too many pixels");
    public static readonly ProblemCode BadEmbedder = new(422, "bad-embedder", "The embedder cannot be used");
    public static readonly ProblemCode TooManyRequests = new(429, "too-many-requests", "Requests come too fast");
    public static readonly ProblemCode Internal = new(500, "internal", "The service failed");
    public static readonly ProblemCode DamagedCatalogue = new(500, "damaged-catalogue", "The catalogue is damaged");
    public static readonly ProblemCode NoGeneration = new(503, "no-generation", "No embedder is in service");
    public static readonly ProblemCode Busy = new(503, "busy", "The service has as much to do as it takes on");
    public static readonly ProblemCode TimedOut = new(503, "timed-out", "The request took too long");
    public static readonly ProblemCode NoTrainer = new(503, "no-trainer", "The training program is not there");
    public static readonly ProblemCode DiskFull = new(507, "disk-full", "The disk is full");

    /// <summary>The member that holds the request's id.</summary>
    public const string RequestMember = "traceId";

    /// <summary>The code that speaks for a bare status that some part of the web server answered with.</summary>
    public static ProblemCode ForStatus(int status) => status switch
    {
        404 => NotFound,
        405 => MethodNotAllowed,
        408 => TooSlow,
        412 => Changed,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        416 => BadRange,
        >= 500 => Internal,
        _ => BadRequest with { Status = status },
    };

    /// <summary>The answer: <paramref name="detail"/> says what was expected, what came and what to do.</summary>
    public ProblemHttpResult With(string detail) => TypedResults.Problem(
        detail,
        statusCode: Status,
        title: Title,
        type: $"urn:dml:problem:{Code}",
        extensions: new Dictionary<string, object?> { ["code"] = Code, [RequestMember] = RequestId.Current });
}

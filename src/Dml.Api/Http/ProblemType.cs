using Dml.Api.Telemetry;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Http;

/// <summary>
/// A kind of error that the service answers with, as RFC 9457 problem details: a status and a title for each <see
/// cref="ProblemCode"/>.
/// </summary>
internal sealed record ProblemType
{
    private static readonly Dictionary<string, ProblemType> ByCode = [];

    public static readonly ProblemType EmptyImage = new(400, ProblemCode.EmptyImage, "The request contains no picture");
    public static readonly ProblemType BadParameter = new(400, ProblemCode.BadParameter, "A parameter is out of range");
    public static readonly ProblemType BadFilter = new(400, ProblemCode.BadFilter, "The filter cannot be parsed");
    public static readonly ProblemType BadId = new(400, ProblemCode.BadId, "The id is not valid");
    public static readonly ProblemType BadForm = new(400, ProblemCode.BadForm, "The form is malformed");
    public static readonly ProblemType BadLabel = new(400, ProblemCode.BadLabel, "The label is not valid");
    public static readonly ProblemType BadAttributes = new(400, ProblemCode.BadAttributes, "The attributes are not valid");
    public static readonly ProblemType BadPatch = new(400, ProblemCode.BadPatch, "The merge patch cannot be applied");
    public static readonly ProblemType BadCursor = new(400, ProblemCode.BadCursor, "The cursor was not issued by this service");
    public static readonly ProblemType BadRequest = new(400, ProblemCode.BadRequest, "The request is malformed");
    public static readonly ProblemType WrongDimension = new(
        400, ProblemCode.WrongDimension, "The vector does not have the active embedder's dimension");
    public static readonly ProblemType BadVector = new(400, ProblemCode.BadVector, "The vector has no direction");
    public static readonly ProblemType BadFeedback = new(400, ProblemCode.BadFeedback, "The feedback is not valid");
    public static readonly ProblemType KeyMissing = new(401, ProblemCode.KeyMissing, "An API key is required");
    public static readonly ProblemType KeyUnknown = new(401, ProblemCode.KeyUnknown, "The API key is not valid");
    public static readonly ProblemType KeyExpired = new(401, ProblemCode.KeyExpired, "The API key has expired");
    public static readonly ProblemType RoleTooLow = new(403, ProblemCode.RoleTooLow, "The API key does not permit this call");
    public static readonly ProblemType FolderNotAllowed = new(403, ProblemCode.FolderNotAllowed, "The folder is outside the import roots");
    public static readonly ProblemType PicturesNotKept = new(403, ProblemCode.PicturesNotKept, "Pictures of queries are not kept");
    public static readonly ProblemType ForeignOrigin = new(403, ProblemCode.ForeignOrigin, "Other websites may not change this catalogue");
    public static readonly ProblemType NotFound = new(404, ProblemCode.NotFound, "Not found");
    public static readonly ProblemType MethodNotAllowed = new(405, ProblemCode.MethodNotAllowed, "This URL does not support the method");
    public static readonly ProblemType TooSlow = new(408, ProblemCode.TooSlow, "The request body arrives too slowly");
    public static readonly ProblemType ModelExists = new(409, ProblemCode.ModelExists, "Another embedder has this name");
    public static readonly ProblemType NotEmpty = new(409, ProblemCode.NotEmpty, "The catalogue is not empty");
    public static readonly ProblemType NoDemo = new(409, ProblemCode.NoDemo, "The demo drawings are not installed");
    public static readonly ProblemType ModelInUse = new(409, ProblemCode.ModelInUse, "A generation uses the embedder");
    public static readonly ProblemType RolloutRunning = new(409, ProblemCode.RolloutRunning, "Another rollout is running");
    public static readonly ProblemType AlreadyActive = new(409, ProblemCode.AlreadyActive, "The embedder is already active");
    public static readonly ProblemType BackupRunning = new(409, ProblemCode.BackupRunning, "Another backup is running");
    public static readonly ProblemType GenerationGone = new(409, ProblemCode.GenerationGone, "The generation is no longer kept");
    public static readonly ProblemType RetrainRunning = new(409, ProblemCode.RetrainRunning, "Another retrain is running");
    public static readonly ProblemType FeedbackFull = new(409, ProblemCode.FeedbackFull, "No more pictures of queries can be kept");
    public static readonly ProblemType Changed = new(412, ProblemCode.Changed, "It has changed");
    public static readonly ProblemType TooLarge = new(413, ProblemCode.TooLarge, "The request body is too large");
    public static readonly ProblemType NotAnImage = new(415, ProblemCode.NotAnImage, "The body is not a picture in a supported format");
    public static readonly ProblemType NotAnArchive = new(415, ProblemCode.NotAnArchive, "The body is not a zip or tar archive");
    public static readonly ProblemType UnsupportedMediaType = new(
        415, ProblemCode.UnsupportedMediaType, "The content type is not supported");
    public static readonly ProblemType BadRange = new(416, ProblemCode.BadRange, "The range is outside the picture");
    public static readonly ProblemType BadImage = new(422, ProblemCode.BadImage, "The picture is damaged or cannot be embedded");
    public static readonly ProblemType TooManyPixels = new(422, ProblemCode.TooManyPixels, "The picture has too many pixels");
    public static readonly ProblemType BadEmbedder = new(422, ProblemCode.BadEmbedder, "The embedder cannot be used");
    public static readonly ProblemType AdoptionQuestion =
        new(422, ProblemCode.AdoptionQuestion, "More has to be known about the network");
    public static readonly ProblemType TooManyRequests = new(429, ProblemCode.TooManyRequests, "Too many requests");
    public static readonly ProblemType QuotaSpent = new(429, ProblemCode.QuotaSpent, "The key has used up its time at the embedder");
    public static readonly ProblemType Internal = new(500, ProblemCode.Internal, "Internal error");
    public static readonly ProblemType DiskFailed = new(500, ProblemCode.DiskFailed, "A file could not be read or written");
    public static readonly ProblemType DamagedCatalogue = new(500, ProblemCode.DamagedCatalogue, "The catalogue is damaged");
    public static readonly ProblemType DamagedPicture = new(500, ProblemCode.DamagedPicture, "The stored picture is damaged");
    public static readonly ProblemType NoGeneration = new(503, ProblemCode.NoGeneration, "No embedder is active");
    public static readonly ProblemType Busy = new(503, ProblemCode.Busy, "The service is at capacity");
    public static readonly ProblemType TimedOut = new(503, ProblemCode.TimedOut, "The request took too long");
    public static readonly ProblemType NoTrainer = new(503, ProblemCode.NoTrainer, "The training program is not installed");
    public static readonly ProblemType DiskFull = new(507, ProblemCode.DiskFull, "The disk is full");
    public static readonly ProblemType QuotaFull = new(507, ProblemCode.QuotaFull, "The key's quota is full");

    /// <summary>The member that holds the request's id.</summary>
    public const string RequestMember = "traceId";

    private ProblemType(int status, string code, string title)
    {
        (Status, Code, Title) = (status, code, title);
        ByCode.Add(code, this);
    }

    public int Status { get; init; }

    public string Code { get; }

    public string Title { get; }

    /// <exception cref="KeyNotFoundException">The code is none of <see cref="ProblemCode"/>.</exception>
    public static ProblemType Of(string code) => ByCode[code];

    /// <summary>The problem type for a bare status code set by some part of the web server.</summary>
    public static ProblemType ForStatus(int status) => status switch
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

    /// <summary>The response.</summary>
    /// <param name="detail">What was expected, what was received and what to do about it.</param>
    public ProblemHttpResult With(string detail) => TypedResults.Problem(
        Echo.Shorten(detail),
        statusCode: Status,
        title: Title,
        type: $"urn:dml:problem:{Code}",
        extensions: new Dictionary<string, object?> { ["code"] = Code, [RequestMember] = RequestId.Current });
}

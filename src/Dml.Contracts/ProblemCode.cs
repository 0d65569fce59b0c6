namespace Dml.Contracts;

/// <summary>
/// The stable codes of the service's errors: the member <c>code</c> of its RFC 9457 problem details. A newer service may send a code that
/// is not listed here.
/// </summary>
public static class ProblemCode
{
    /// <summary>400: the request contains no picture.</summary>
    public const string EmptyImage = "empty-image";

    /// <summary>400: a parameter is out of range.</summary>
    public const string BadParameter = "bad-parameter";

    /// <summary>400: the filter cannot be parsed.</summary>
    public const string BadFilter = "bad-filter";

    /// <summary>400: the item id is not valid.</summary>
    public const string BadId = "bad-id";

    /// <summary>400: the form is malformed.</summary>
    public const string BadForm = "bad-form";

    /// <summary>400: the label is not valid.</summary>
    public const string BadLabel = "bad-label";

    /// <summary>400: the attributes are not valid.</summary>
    public const string BadAttributes = "bad-attributes";

    /// <summary>400: the merge patch cannot be applied.</summary>
    public const string BadPatch = "bad-patch";

    /// <summary>400: the cursor was not issued by this service.</summary>
    public const string BadCursor = "bad-cursor";

    /// <summary>400: the request is malformed.</summary>
    public const string BadRequest = "bad-request";

    /// <summary>400: the vector does not have the dimension of the active embedder.</summary>
    public const string WrongDimension = "wrong-dimension";

    /// <summary>400: the vector has no direction: its length is zero or not finite.</summary>
    public const string BadVector = "bad-vector";

    /// <summary>400: the feedback is not valid.</summary>
    public const string BadFeedback = "bad-feedback";

    /// <summary>401: an API key is required.</summary>
    public const string KeyMissing = "key-missing";

    /// <summary>401: the API key is unknown or has been revoked.</summary>
    public const string KeyUnknown = "key-unknown";

    /// <summary>401: the API key has expired.</summary>
    public const string KeyExpired = "key-expired";

    /// <summary>403: the role of the API key does not permit the call.</summary>
    public const string RoleTooLow = "role-too-low";

    /// <summary>403: the folder is outside the configured import roots.</summary>
    public const string FolderNotAllowed = "folder-not-allowed";

    /// <summary>403: the service keeps no pictures of queries.</summary>
    public const string PicturesNotKept = "pictures-not-kept";

    /// <summary>403: a page of another origin sent a request that changes something.</summary>
    public const string ForeignOrigin = "foreign-origin";

    /// <summary>404: the resource does not exist.</summary>
    public const string NotFound = "not-found";

    /// <summary>405: the URL does not support the method.</summary>
    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>408: the request body arrives too slowly.</summary>
    public const string TooSlow = "too-slow";

    /// <summary>409: another embedder has this name.</summary>
    public const string ModelExists = "model-exists";

    /// <summary>409: a generation uses the embedder.</summary>
    public const string ModelInUse = "model-in-use";

    /// <summary>409: another rollout is running.</summary>
    public const string RolloutRunning = "rollout-running";

    /// <summary>409: the embedder is active already.</summary>
    public const string AlreadyActive = "already-active";

    /// <summary>409: another backup is running.</summary>
    public const string BackupRunning = "backup-running";

    /// <summary>409: the generation is no longer kept.</summary>
    public const string GenerationGone = "generation-gone";

    /// <summary>409: another retrain is running.</summary>
    public const string RetrainRunning = "retrain-running";

    /// <summary>409: the catalogue is not empty.</summary>
    public const string NotEmpty = "not-empty";

    /// <summary>409: the demo drawings are not installed.</summary>
    public const string NoDemo = "no-demo";

    /// <summary>409: as many pictures of queries are kept as may be.</summary>
    public const string FeedbackFull = "feedback-full";

    /// <summary>412: it has changed, or is there already: a condition of the request does not hold.</summary>
    public const string Changed = "changed";

    /// <summary>413: the request body is too large.</summary>
    public const string TooLarge = "too-large";

    /// <summary>415: the body is not a picture in a supported format.</summary>
    public const string NotAnImage = "not-an-image";

    /// <summary>415: the body is neither a zip nor a tar archive.</summary>
    public const string NotAnArchive = "not-an-archive";

    /// <summary>415: the content type is not supported.</summary>
    public const string UnsupportedMediaType = "unsupported-media-type";

    /// <summary>416: the range is outside the picture.</summary>
    public const string BadRange = "bad-range";

    /// <summary>422: the picture is damaged, or the embedder gives no vector for it.</summary>
    public const string BadImage = "bad-image";

    /// <summary>422: the picture has too many pixels.</summary>
    public const string TooManyPixels = "too-many-pixels";

    /// <summary>422: the embedder cannot be used.</summary>
    public const string BadEmbedder = "bad-embedder";

    /// <summary>422: something has to be known about the network that its file does not say.</summary>
    public const string AdoptionQuestion = "adoption-question";

    /// <summary>429: the caller sends requests too fast.</summary>
    public const string TooManyRequests = "too-many-requests";

    /// <summary>429: the key has had as much embedded in this minute as it may.</summary>
    public const string QuotaSpent = "quota-spent";

    /// <summary>500: an unexpected error; the service's log has the cause.</summary>
    public const string Internal = "internal";

    /// <summary>500: a file of the service could not be read or written; its log has the cause.</summary>
    public const string DiskFailed = "disk-failed";

    /// <summary>500: the stored picture is damaged or missing. Uploading it again repairs it.</summary>
    public const string DamagedPicture = "damaged-picture";

    /// <summary>500: the catalogue's file is damaged.</summary>
    public const string DamagedCatalogue = "damaged-catalogue";

    /// <summary>503: no embedder is active.</summary>
    public const string NoGeneration = "no-generation";

    /// <summary>503: the service is at capacity.</summary>
    public const string Busy = "busy";

    /// <summary>503: the request took too long.</summary>
    public const string TimedOut = "timed-out";

    /// <summary>503: the training program is not installed.</summary>
    public const string NoTrainer = "no-trainer";

    /// <summary>507: the disk is full.</summary>
    public const string DiskFull = "disk-full";

    /// <summary>507: the key has as many items, or bytes of pictures, as it may.</summary>
    public const string QuotaFull = "quota-full";
}

using Microsoft.AspNetCore.Http.Metadata;

namespace Dml.Api.Http;

/// <summary>An endpoint's own limit on its body, in bytes, in place of the general one; <c>Key</c> is the setting that holds it.</summary>
internal sealed record BodySize(long? MaxRequestBodySize, string Key) : IRequestSizeLimitMetadata;

/// <summary>Marks an endpoint whose body is a picture.</summary>
internal sealed record PictureBody(PictureFields Fields);

/// <summary>What a form may have beside the picture.</summary>
internal enum PictureFields
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The label and the attributes of an item.</summary>
    Item,

    /// <summary>More pictures, and items that are liked or disliked.</summary>
    Examples,
}

/// <summary>Marks an endpoint whose body is a form with these file fields.</summary>
internal sealed record FormBody(params string[] Files)
{
    /// <summary>File fields that may be left out.</summary>
    public string[] Optional { get; init; } = [];
}

/// <summary>An HTML page with one inline style; <c>Hash</c> is its source expression in a content security policy.</summary>
internal sealed record InlineStyle(string Hash);

/// <summary>Marks an endpoint whose body is an archive or the name of a folder.</summary>
internal sealed record ImportBody;

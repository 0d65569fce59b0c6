using System.Net;

namespace Dml.Client;

/// <summary>The service refused a call; the message is its explanation.</summary>
public sealed class DmlException(HttpStatusCode status, string code, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status => status;

    /// <summary>The stable code of the problem, such as <c>not-an-image</c>; empty when the answer was no problem details.</summary>
    public string Code => code;
}

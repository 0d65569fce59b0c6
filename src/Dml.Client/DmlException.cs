using System.Net;
using Dml.Contracts;

namespace Dml.Client;

/// <summary>The service refused a call; the message explains why.</summary>
public sealed class DmlException(HttpStatusCode status, string code, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status => status;

    /// <summary>The code of the problem, one of <see cref="ProblemCode"/>; empty when the response was not problem details.</summary>
    public string Code => code;
}
